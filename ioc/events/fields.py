"""Types of fields that several sources share: instants, positions, bounded texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ioc.records import FieldError

CONFIG: Final = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)
"""No coercion; fields that are not ours are no error and are not kept."""

MAX_ID: Final = 256
MAX_SOURCE: Final = 512
MAX_TEXT: Final = 10_000
MAX_NAME: Final = 128

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 9998

_fromisoformat: Final = datetime.fromisoformat


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 time; the answer is in UTC.

    Seconds are required, a blank may stand for ``T``, an offset may lack its colon. Years before 2000 are those of
    a device that has lost its clock; beyond 9998 the conversion to UTC could overflow.

    Raises:
        PydanticCustomError: ``time``, ``naive_time`` or ``time_range``.

    """
    try:
        at = _fromisoformat(text)
        # It also reads basic and week dates, any separator, and times without seconds.
        as_written = text[4] == text[7] == "-" and text[16] == ":" and text[10] in "Tt "
    except (ValueError, IndexError):
        if not text.endswith("z"):
            raise PydanticCustomError("time", "time") from None
        return parse_instant(text[:-1] + "Z")
    if not as_written:
        raise PydanticCustomError("time", "time")
    zone = at.tzinfo
    if zone is None:
        raise PydanticCustomError("naive_time", "naive time")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise PydanticCustomError("time_range", "time out of range")
    return at if zone is UTC else at.astimezone(UTC)


class _InstantSchema:
    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_after_validator_function(parse_instant, core_schema.str_schema(max_length=64))

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class Spelled:
    """Closed set of codes, each with the spellings under which it arrives."""

    def __init__(self, spellings: Mapping[str, str]) -> None:
        self._spellings = dict(spellings)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        code_of: Callable[[str], str] = self._spellings.__getitem__
        return core_schema.no_info_after_validator_function(code_of, core_schema.literal_schema([*self._spellings]))


def _without_nul(text: str) -> str:
    # Databases behind the topics cannot hold it; a pattern in the schema was measured to be slower.
    if "\0" in text:
        raise PydanticCustomError("nul", "nul")
    return text


Instant = Annotated[datetime, _InstantSchema]
"""RFC 3339 with offset, kept in UTC."""

Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ID)]
"""Identity of an event within its source."""
SourceUri = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SOURCE)]
"""Who published: the CloudEvents ``source``."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
"""Identifier of a device, a place or a person; a label."""
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
"""Short word of an open set."""
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512), AfterValidator(_without_nul)
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), AfterValidator(_without_nul)
]
"""Words of people, kept as written: Unicode normalisation is the classifier's business."""
Link = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
"""Address or storage key of a picture."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
"""WGS 84, degrees."""
Longitude = Annotated[float, Field(ge=-180, le=180)]
"""WGS 84, degrees."""
Ratio = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
"""A duration of at most a year."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


def position_fault(lat: float | None) -> FieldError:
    """Say which half of the position is missing; ``lat`` is ``None`` if it is that."""
    missing, given = ("lat", "lon") if lat is None else ("lon", "lat")
    return FieldError(f"/{missing}", "position", f"required where {given} is given")


def parted(text: str) -> list[str]:
    """The parts that :func:`joined` has joined."""
    parts = text.split("|")
    return parts if "%" not in text else [part.replace("%7C", "|").replace("%25", "%") for part in parts]


def joined(*parts: str) -> str:
    """Join identifiers into one, different for different parts whatever they contain."""
    text = "|".join(parts)
    if text.count("|") == len(parts) - 1 and "%" not in text:
        return text
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
