"""What codes are called, as the gateway tells pages: of the province's files, kinds, and a story's words."""

from __future__ import annotations

from typing import Any

import orjson

from ioc.catalog import Catalogue
from ioc.kinds import shipped_kinds
from ioc.story import shipped_story_texts


class CatalogueNames:
    """The names as JSON, made anew when the catalogue is another one.

    Args:
        catalogue: Whose names.

    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._words = {name: {code: dict(text) for code, text in words.items()}
                       for name, words in shipped_story_texts().words.items()}  # fmt: skip
        self._kinds = {kind.code: {code: dict(sub.name) for code, sub in kind.kinds.items()}
                       for kind in shipped_kinds().all}  # fmt: skip
        self.know(catalogue)

    def know(self, catalogue: Catalogue) -> None:
        """Take up a catalogue."""
        self._body = orjson.dumps(self._content(catalogue))

    def __call__(self) -> bytes:
        """The JSON."""
        return self._body

    def _content(self, catalogue: Catalogue) -> dict[str, Any]:
        return {
            "version": catalogue.version,
            "province": {
                "code": catalogue.province_code,
                "name": {"vi": catalogue.name_vi, "en": catalogue.name_en},
                "timezone": catalogue.timezone,
            },
            "centres": [
                {"code": each.code, "name": each.name, "kind": each.kind} for each in catalogue.centres.values()
            ],
            "units": [
                {"code": each.code, "name": each.name, "phone": each.phone} for each in catalogue.departments.values()
            ],
            "communes": [
                {
                    "code": each.code, "name": each.name, "centre": each.centre, "centre_also": each.centre_also,
                    "lat": each.lat, "lon": each.lon,
                }
                for each in catalogue.communes.values()
            ],
            "words": self._words,
            "subcategories": self._kinds,
        }  # fmt: skip
