"""All that a province's catalogue is made of, as bytes: what is compared, checked and put in place as one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from ioc.catalog.catalogue import Catalogue, load_catalogue

BOUNDARIES_FILE: Final = "boundaries.geojson"
"""Where a province's folder may have its boundaries; a file that the settings name goes before it."""


@dataclass(frozen=True, slots=True)
class Content:
    """Files of a province.

    Attributes:
        files: Content by file name: what provinces share, over it the province's own.
        boundaries: GeoJSON of commune polygons, where there is one.

    """

    files: Mapping[str, bytes]
    boundaries: bytes | None = None

    def catalogue(self) -> Catalogue:
        """The catalogue.

        Raises:
            CatalogueError: with file, line, column and reason.

        """
        return load_catalogue(self.files, self.boundaries)

    def digest(self, without: Collection[str] = ()) -> str:
        """One word for all of it but the files of these names."""
        found = hashlib.sha256(self.boundaries or b"")
        for name in sorted(set(self.files) - set(without)):
            found.update(name.encode() + b"\0" + hashlib.sha256(self.files[name]).digest())
        return found.hexdigest()
