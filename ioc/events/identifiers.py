"""What may name an event, a device or a publisher: printable, and nobody's phone number, address or paper.

Identifiers go out as they came in: publishers ask by them, operators read them. So one that is personal data itself is
refused, and never repeated.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ioc.events.problems import Code
from ioc.records import FieldError

PERSONAL: Final[Code] = "personal_data_in_id"
PERSONAL_MESSAGE: Final = (
    "must not be a phone number, an e-mail address or a citizen's number: use an identifier of your own"
)

HASHED_PLATE: Final = re.compile(r"plate-\d{1,7}-[a-z2-7]{24}")
"""What ``ioc.privacy.plates`` makes of a number plate."""
_PLATE_SHAPED: Final = re.compile(r"\d\d[a-zđ]{1,2}\d{4,6}|[\u4e00-\u9fff][a-z][a-z0-9]{5,6}")
"""Plates of both sides of the border, as :func:`plate_spelling` spells them."""
_SHORTEST_PLATE: Final = 5
"""Letters and digits of the shortest plate that is looked for within other words."""
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_SHORTEST: Final = 6
"""Characters of the shortest address; what is shorter holds none."""
_REMEMBERED: Final = 16_384
"""Names of devices and publishers, which come again and again."""
_REMEMBERED_IDS: Final = 256
"""Ids of events: each comes twice, in the envelope and in the event that it is put into, and never again."""
_UUID: Final = re.compile(r"(?:urn:uuid:)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MAIL: Final = re.compile(r"[^\s@/:;,<>|]@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_BORDER: Final = r"(?<![0-9A-Za-z])"
_MOBILE: Final = r"(?:\+84|0084|84|0)[35789]\d{8}"
_CITIZEN: Final = r"0(?:0[1-9]|[1-8]\d|9[0-6])[0-3]\d{8}"
"""Code of a province, a digit for century and sex, two for the year of birth, six more."""
_WITHIN: Final = re.compile(rf"(?:{_BORDER}|(?<=%2[Bb])){_MOBILE}(?![0-9A-Za-z])|{_BORDER}{_CITIZEN}(?![0-9A-Za-z])")
_NUMBER: Final = re.compile(rf"{_MOBILE}|(?:\+84|0084|0)2\d{{9}}|{_CITIZEN}")
_ABROAD: Final = re.compile(r"\+\d{9,15}")
_SPELLED: Final = re.compile(r"(?:tel:)?[+(]{0,2}\d[\d .()\-_/]*\d", re.IGNORECASE)
_APART: Final = re.compile(r"[^\d+]")


@lru_cache(_REMEMBERED)
def is_personal(identifier: str) -> bool:
    """Whether an identifier is a phone number, an e-mail address or a citizen's number, or has one as a part.

    A part stands between characters that are neither letters nor digits. Sequence numbers, times and UUIDs pass.

    >>> [is_personal(text) for text in ("0912 345 678", "zalo:0912345678", "r-2026-000123", "a@b.vn")]
    [True, True, False, True]
    """
    if len(identifier) < _SHORTEST or _UUID.fullmatch(identifier):
        return False
    if "@" in identifier and _MAIL.search(identifier):
        return True
    if _WITHIN.search(identifier):
        return True
    if not _SPELLED.fullmatch(identifier):
        return False
    number = _APART.sub("", identifier)
    return bool(_NUMBER.fullmatch(number) or _ABROAD.fullmatch(number))


is_personal_id: Final = lru_cache(_REMEMBERED_IDS)(is_personal.__wrapped__)
"""The same of an event's id, which would take the place of names that come again."""


def unfit(**identifiers: str | None) -> list[FieldError]:
    """Find the identifiers that hold control characters, line breaks or the like, or personal data."""
    errors: list[FieldError] = []
    for name, text in identifiers.items():
        if text is None:
            continue
        if not text.isprintable():
            errors.append(FieldError(f"/{name}", "characters", "must have printable characters only"))
        elif is_personal_id(text) if name == "id" else is_personal(text):
            errors.append(FieldError(f"/{name}", PERSONAL, PERSONAL_MESSAGE))
    return errors


def plate_spelling(plate: str) -> str:
    """Letters and digits of a number plate: spellings of one plate differ in the rest.

    >>> plate_spelling("14Đ-123.45"), plate_spelling("14đ 12345")
    ('14đ12345', '14đ12345')
    """
    return _PUNCTUATION.sub("", plate).casefold()


def has_plate(text: str, plate: str) -> bool:
    """Whether a number plate stands in a text, in whatever spelling; what is too short for one stands in none."""
    bare = plate_spelling(plate)
    return len(bare) >= _SHORTEST_PLATE and bare in plate_spelling(text)


def with_plate(plate: str | None, **identifiers: str | None) -> list[FieldError]:
    """Find the identifiers that hold the event's own number plate; a hash may stand anywhere."""
    if plate is None or HASHED_PLATE.fullmatch(plate):
        return []
    return [
        FieldError(f"/{name}", PERSONAL, "must not have the number plate in it: use an identifier of your own")
        for name, text in identifiers.items()
        if text is not None and has_plate(text, plate)
    ]


def plate_shaped(reference: str) -> bool:
    """Whether a reference of a vehicle is a number plate by its looks, and no number of the publisher's own.

    >>> plate_shaped("14C-123.45"), plate_shaped("桂A·12345"), plate_shaped("SIM-000123")
    (True, True, False)
    """
    return _PLATE_SHAPED.fullmatch(plate_spelling(reference)) is not None


def unbetraying(content: object, name: str | None) -> str | None:
    """The name of an event that broke the contract, if it does not hold the number plate that stands in the event."""
    if name is None or not isinstance(content, dict):
        return name
    plate, vehicle = content.get("plate"), content.get("vehicle_ref")
    if isinstance(plate, str) and not HASHED_PLATE.fullmatch(plate) and has_plate(name, plate):
        return None
    return None if isinstance(vehicle, str) and plate_shaped(vehicle) and has_plate(name, vehicle) else name


def unprintable(**texts: str | None) -> list[FieldError]:
    """Find the texts that hold control characters, line breaks or the like."""
    return [
        FieldError(f"/{name}", "characters", "must have printable characters only")
        for name, text in texts.items()
        if text is not None and not text.isprintable()
    ]
