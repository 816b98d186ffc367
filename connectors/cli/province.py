"""Loads the province's data from the folder that the settings name, else the one that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.cli.errors import Misconfigured
from ioc.catalog import (
    BOUNDARIES_FILE,
    DEVICES_FILE,
    Catalogue,
    CatalogueError,
    Content,
    common_data,
    load_folder,
    shipped_province,
)
from ioc.paging import PAGING_FILE
from ioc.routing import ROUTES_FILE
from ioc.settings import Settings


class ProvinceError(Misconfigured, ValueError):
    """The province's data cannot be used: the end for a command, a refusal for a worker that has other data."""


class ConfiguredProvince:
    """The province's files where the settings say that they are."""

    def __init__(self, settings: Settings) -> None:
        self._province = settings.province

    @property
    def paths(self) -> Sequence[Path]:
        """Files and folders that a catalogue is made of anew when they change; none where all comes with the package.

        Routes and paging that are named alone are followed by who uses them, one by one.
        """
        province = self._province
        found = (province.folder, province.boundaries, province.devices)
        return [path for path in found if path is not None]

    @property
    def names(self) -> Mapping[str, str]:
        """Where files lie that are named alone."""
        province = self._province
        found = {
            DEVICES_FILE: province.devices,
            ROUTES_FILE: province.routes,
            PAGING_FILE: province.paging,
            "boundaries": province.boundaries,
        }
        return {name: str(path) for name, path in found.items() if path is not None}

    def read(self) -> Content:
        """What provinces share, over it the province's folder, over it the files that are named alone.

        Raises:
            ProvinceError: the folder or a file cannot be read.

        """
        folder = self._province.folder
        if folder is not None and not folder.is_dir():
            raise ProvinceError(f"province.folder is no folder: {folder}")
        try:
            files = load_folder(common_data()) | load_folder(folder or shipped_province())
        except CatalogueError as error:
            raise ProvinceError(f"the province's data cannot be used: {error}") from None
        for name, file, path in (
            ("devices", DEVICES_FILE, self._province.devices),
            ("routes", ROUTES_FILE, self._province.routes),
            ("paging", PAGING_FILE, self._province.paging),
            ("boundaries", BOUNDARIES_FILE, self._province.boundaries),
        ):
            try:
                files |= {file: path.read_bytes()} if path else {}
            except OSError as error:
                raise ProvinceError(f"province.{name} cannot be read: {error}") from None
        boundaries = files.pop(BOUNDARIES_FILE, None)
        return Content(files, boundaries)

    def catalogue(self, content: Content) -> Catalogue:
        """The catalogue.

        Raises:
            ProvinceError: with file, line, column and reason.

        """
        try:
            return content.catalogue()
        except CatalogueError as error:
            name = self.names.get(error.file, error.file)
            where = CatalogueError(name, error.line, error.column, error.reason)
            raise ProvinceError(f"the province's data cannot be used: {where}") from None


def province_files(settings: Settings) -> Mapping[str, bytes]:
    """Files by name.

    Raises:
        ProvinceError: the folder or a file cannot be read.

    """
    return ConfiguredProvince(settings).read().files


def load_province(settings: Settings) -> Catalogue:
    """The catalogue.

    Raises:
        ProvinceError: with file, line, column and reason.

    """
    source = ConfiguredProvince(settings)
    return source.catalogue(source.read())
