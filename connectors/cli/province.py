"""Loads the province's data from the folder that the settings name, else the one that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.cli.errors import Misconfigured
from ioc.catalog import (
    DEVICES_FILE,
    Catalogue,
    CatalogueError,
    common_data,
    load_catalogue,
    load_folder,
    shipped_province,
)
from ioc.routing import ROUTES_FILE
from ioc.settings import Settings


def province_files(settings: Settings) -> Mapping[str, bytes]:
    """Files by name: what provinces share, over it the province's folder, over it the files that are named alone.

    Raises:
        Misconfigured: the folder or a file cannot be read.

    """
    folder = settings.province.folder
    if folder is not None and not folder.is_dir():
        raise Misconfigured(f"province.folder is no folder: {folder}")
    try:
        files = load_folder(common_data()) | load_folder(folder or shipped_province())
    except CatalogueError as error:
        raise Misconfigured(f"the province's data cannot be used: {error}") from None
    for name, file, path in (
        ("devices", DEVICES_FILE, settings.province.devices),
        ("routes", ROUTES_FILE, settings.province.routes),
    ):
        try:
            files |= {file: path.read_bytes()} if path else {}
        except OSError as error:
            raise Misconfigured(f"province.{name} cannot be read: {error}") from None
    return files


def load_province(settings: Settings) -> Catalogue:
    """The catalogue.

    Raises:
        Misconfigured: with file, line, column and reason.

    """
    boundaries = settings.province.boundaries
    try:
        shapes = boundaries.read_bytes() if boundaries else None
    except OSError as error:
        raise Misconfigured(f"province.boundaries cannot be read: {error}") from None
    try:
        return load_catalogue(province_files(settings), shapes)
    except CatalogueError as error:
        own = settings.province.devices if error.file == DEVICES_FILE else None
        where = error if own is None else CatalogueError(str(own), error.line, error.column, error.reason)
        raise Misconfigured(f"the province's data cannot be used: {where}") from None
