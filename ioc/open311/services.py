"""Discovery, services and their definitions: one service per category, its subcategories as an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ioc.kinds import Kind, Kinds
from ioc.languages import Language

KIND: Final = "KIND"
OCCURRED_AT: Final = "OCCURRED_AT"
ACCURACY: Final = "ACCURACY_M"
ADVICE: Final = "ADVICE"

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
"""What discovery documents name the standard by."""
FORMATS: Final = ("text/xml", "application/json")

_GROUP: Final[Mapping[Language, str]] = {"vi": "Phản ánh hiện trường", "en": "Reports"}
_WORDS: Final[Mapping[str, Mapping[Language, tuple[str, str]]]] = {
    ADVICE: {
        "vi": ("Không ghi họ tên, số điện thoại hay giấy tờ của ai trong nội dung.", ""),
        "en": ("Write nobody's name, telephone number or papers into the description.", ""),
    },
    KIND: {
        "vi": ("Cụ thể là việc gì?", "Chọn một mục"),
        "en": ("What is it exactly?", "Choose one"),
    },
    OCCURRED_AT: {
        "vi": ("Xảy ra khi nào?", "Ngày giờ kèm múi giờ, ví dụ 2026-03-02T07:45:00+07:00; bỏ trống: bây giờ"),
        "en": ("When did it happen?", "Time with its zone, like 2026-03-02T07:45:00+07:00; empty: now"),
    },
    ACCURACY: {
        "vi": ("Vị trí chính xác đến bao nhiêu mét?", "Số mét, từ 0"),
        "en": ("How exact is the position?", "Metres, from 0"),
    },
}
"""Question and hint of each attribute."""


def services(kinds: Kinds, language: Language) -> list[dict[str, Any]]:
    """The list of services."""
    return [
        {
            "service_code": kind.code,
            "service_name": kind.name[language],
            "description": kind.about[language],
            "metadata": True,
            "type": "realtime",
            "keywords": ",".join(kind.keywords),
            "group": _GROUP[language],
        }
        for kind in kinds.all
    ]


def definition(kind: Kind, language: Language) -> dict[str, Any]:
    """What may be said of a service beside what is the same for all."""
    choices = [{"key": sub.code, "name": sub.name[language]} for sub in kind.kinds.values() if sub.offered]
    attributes = [
        _attribute(ADVICE, "text", language, variable=False),
        _attribute(KIND, "singlevaluelist", language) | {"values": choices},
        _attribute(OCCURRED_AT, "datetime", language),
        _attribute(ACCURACY, "number", language),
    ]
    numbered = [each | {"order": place} for place, each in enumerate(attributes, 1)]
    return {"service_code": kind.code, "attributes": numbered}


def discovery(*, url: str, changeset: str, contact: str, key_service: str, production: bool) -> dict[str, Any]:
    """The discovery document.

    Args:
        url: Where this interface is, without a slash at its end.
        changeset: When it changed last, a time with its zone.
        contact: Whom to ask.
        key_service: How to get a key.
        production: Whether reports are handled; else they are for trying out.

    """
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": changeset,
        "type": "production" if production else "test",
        "formats": list(FORMATS),
    }
    return {"changeset": changeset, "contact": contact, "key_service": key_service, "endpoints": [endpoint]}


def _attribute(code: str, datatype: str, language: Language, *, variable: bool = True) -> dict[str, Any]:
    question, hint = _WORDS[code][language]
    return {
        "variable": variable,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": hint,
        "order": 0,
        "description": question,
        "values": [],
    }
