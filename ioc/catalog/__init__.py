"""Province data: centres, communes, departments, duties; locating and routing. Other provinces are other folders."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from ioc.catalog.catalogue import MAX_ACCURACY_M, Catalogue, load_catalogue
from ioc.catalog.content import BOUNDARIES_FILE, Content
from ioc.catalog.devices import DEVICES_FILE, Device
from ioc.catalog.errors import CatalogueError
from ioc.catalog.model import Centre, Commune, Department, Duty, Location

__all__ = [
    "BOUNDARIES_FILE",
    "DEVICES_FILE",
    "MAX_ACCURACY_M",
    "Catalogue",
    "CatalogueError",
    "Centre",
    "Commune",
    "Content",
    "Department",
    "Device",
    "Duty",
    "Location",
    "common_data",
    "load_catalogue",
    "load_folder",
    "shipped_province",
]


def shipped_province() -> Traversable:
    """Folder of the one province that comes with the package."""
    (folder,) = (entry for entry in (files("ioc.catalog") / "provinces").iterdir() if entry.is_dir())
    return folder


def common_data() -> Traversable:
    """Folder of what provinces share (limits, correlation); a province's file of the same name replaces it."""
    return files("ioc.catalog") / "common"


def load_folder(folder: Traversable) -> dict[str, bytes]:
    """Content of the folder's files by name: the one place here that reads, and only what the caller hands in.

    Raises:
        CatalogueError: the folder cannot be read.

    """
    try:
        return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
    except OSError as error:
        raise CatalogueError(folder.name, 0, "", f"the folder cannot be read ({error.strerror})") from None
