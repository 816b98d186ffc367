"""Reading payloads: JSON, pointers into it (RFC 6901), times as devices write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

import orjson

from ioc.events.problems import unreadable
from ioc.records import FieldError

TimeForm = Literal["rfc3339", "unix", "unix_ms", "arrival"]
TIME_FORMS: Final[tuple[TimeForm, ...]] = get_args(TimeForm)

MISSING: Final = object()


class Unreadable(Exception):
    """A message, or a part of one, that a preset cannot read.

    Attributes:
        errors: Why, at least one; pointers into the payload.

    """

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors[0].code)
        self.errors = list(errors)


def refuse(pointer: str, code: str, message: str) -> Unreadable:
    """One reason; ``code`` is one of :data:`ioc.events.problems.CODES`."""
    return Unreadable([FieldError(pointer, code, message)])


@dataclass(frozen=True, slots=True)
class Pointer:
    """A JSON pointer."""

    text: str

    @property
    def parts(self) -> list[str]:
        """Its reference tokens."""
        return [part.replace("~1", "/").replace("~0", "~") for part in self.text.split("/")[1:]]

    def of(self, document: Any) -> Any:
        """What it points at; :data:`MISSING` if there is nothing."""
        for part in self.parts:
            if isinstance(document, dict):
                document = document.get(part, MISSING)
            elif isinstance(document, list) and part.isascii() and part.isdigit() and int(part) < len(document):
                document = document[int(part)]
            else:
                return MISSING
            if document is MISSING:
                return MISSING
        return document


def escaped(token: str) -> str:
    """A member's name as a part of a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def parse(payload: bytes) -> Any:
    """JSON of a payload.

    Raises:
        Unreadable: it is none.

    """
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Unreadable([unreadable(payload)]) from None


def an_object(value: Any, pointer: str) -> dict[str, Any]:
    """The value as a JSON object.

    Raises:
        Unreadable: it is absent or something else.

    """
    _present(value, pointer)
    if not isinstance(value, dict):
        raise refuse(pointer, "type", "must be a JSON object")
    return value


def a_number(value: Any, pointer: str) -> float:
    """The value as a number.

    Raises:
        Unreadable: it is absent or something else.

    """
    _present(value, pointer)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(pointer, "type", "must be a number")
    return float(value)


def a_text(value: Any, pointer: str) -> str:
    """The value as text.

    Raises:
        Unreadable: it is absent or something else.

    """
    _present(value, pointer)
    if not isinstance(value, str):
        raise refuse(pointer, "type", "must be a string")
    return value


def _present(value: Any, pointer: str) -> None:
    if value is MISSING or value is None:
        raise refuse(pointer, "missing", "required")


def from_unix(seconds: float, pointer: str) -> str:
    """RFC 3339 of a Unix time in seconds.

    Raises:
        Unreadable: no calendar has it.

    """
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        raise refuse(pointer, "out_of_range", "must be a time of this century") from None


def instant(value: Any, form: TimeForm, offset: str, pointer: str) -> Any:
    """A device's time as our models take it.

    Args:
        value: As sent.
        form: How the device writes times.
        offset: Of the device's clock, for times without one; empty: such times are refused later.
        pointer: Where it stood.

    Raises:
        Unreadable: it is not of that form.

    """
    if form in ("unix", "unix_ms"):
        return from_unix(a_number(value, pointer) / (1000.0 if form == "unix_ms" else 1.0), pointer)
    if offset and isinstance(value, str):
        try:
            naive = datetime.fromisoformat(value).tzinfo is None
        except ValueError:
            return value
        return value + offset if naive else value
    return value
