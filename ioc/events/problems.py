"""What can be wrong with an event: a closed set of codes, and pydantic's errors translated into them.

Nothing here ever repeats what was sent: pointers name fields of the contract, messages say what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, get_args

from pydantic import ValidationError

from ioc.records import FieldError

Code = Literal[
    "empty",  # no value: a tombstone, or no bytes
    "too_large",  # record over the limit
    "encoding",  # not UTF-8, or not Base64
    "json",  # not JSON
    "content_type",  # declared to be something else than JSON
    "specversion",  # CloudEvents, but not 1.0
    "missing",  # a required field is absent
    "type",  # another JSON type than the contract's
    "blank",  # empty after stripping
    "too_long",  # text or list over its bound
    "characters",  # control characters where an identifier is expected, NUL in text
    "personal_data_in_id",  # a phone number, an e-mail address or a citizen's number where an identifier is expected
    "not_allowed",  # not one of the listed values
    "out_of_range",
    "not_finite",
    "time",  # not an RFC 3339 time
    "naive_time",  # a time without offset
    "future",  # event time ahead of the clock by more than is tolerated
    "unit",  # a known metric in a unit that is not one of its units
    "position",  # latitude without longitude, or the reverse
    "invalid",  # anything else
]
CODES: Final[tuple[Code, ...]] = get_args(Code)
"""Labels of metrics, values of receipts and dead letters."""

MAX_ERRORS: Final = 20
"""Errors listed per event; what is wrong beyond them is seen after these are mended."""

_FIXED: Final[dict[str, tuple[Code, str]]] = {
    "missing": ("missing", "required"),
    "string_type": ("type", "must be a string"),
    "float_type": ("type", "must be a number"),
    "int_type": ("type", "must be a whole number"),
    "int_from_float": ("type", "must be a whole number"),
    "int_parsing_size": ("out_of_range", "too many digits"),
    "bool_type": ("type", "must be true or false"),
    "list_type": ("type", "must be an array"),
    "dataclass_type": ("type", "must be a JSON object"),
    "string_too_short": ("blank", "must not be empty"),
    "nul": ("characters", "must not contain NUL characters"),
    "string_unicode": ("encoding", "must be UTF-8"),
    "finite_number": ("not_finite", "must be a finite number"),
    "time": ("time", "must be an RFC 3339 time such as 2026-01-31T08:00:00+07:00"),
    "naive_time": ("naive_time", "must have an offset such as Z or +07:00"),
    "time_range": ("out_of_range", "must be later than 1999"),
}
_WITH_LIMIT: Final[dict[str, tuple[Code, str, str]]] = {
    "string_too_long": ("too_long", "must have at most {} characters", "max_length"),
    "too_long": ("too_long", "must have at most {} items", "max_length"),
    "greater_than_equal": ("out_of_range", "must be at least {}", "ge"),
    "less_than_equal": ("out_of_range", "must be at most {}", "le"),
    "literal_error": ("not_allowed", "must be {}", "expected"),
}


def explain(error: ValidationError, raw: bytes) -> list[FieldError]:
    """Translate what pydantic found in ``raw``; at least one error."""
    details = error.errors(include_url=False, include_input=False)
    if details[0]["type"] == "json_invalid":
        return [unreadable(raw)]
    return [_translate(detail["type"], detail["loc"], detail.get("ctx", {})) for detail in details[:MAX_ERRORS]]


def _translate(kind: str, loc: tuple[int | str, ...], context: dict[str, Any]) -> FieldError:
    pointer = "".join(f"/{part}" for part in loc)
    if kind in _FIXED:
        code, message = _FIXED[kind]
        return FieldError(pointer, code, message)
    if kind in _WITH_LIMIT:
        # The limits come from our own schema, never from what was sent.
        code, template, limit = _WITH_LIMIT[kind]
        return FieldError(pointer, code, template.format(context[limit]))
    return FieldError(pointer, "invalid", "not as the contract says")


def unreadable(raw: bytes) -> FieldError:
    """Why bytes that are not JSON are not."""
    if not raw.strip():
        return FieldError("", "empty", "must be a JSON object, has no content")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return FieldError("", "encoding", "must be UTF-8")
    return FieldError("", "json", "must be JSON")


def future(pointer: str) -> FieldError:
    """The event time is ahead of the clock."""
    return FieldError(pointer, "future", "must not be ahead of the clock")


def under(prefix: str, errors: Iterable[FieldError]) -> list[FieldError]:
    """Re-root pointers of a part of a document."""
    return [FieldError(prefix + error.pointer, error.code, error.message) for error in errors]


def within(pointer: str, errors: Sequence[FieldError]) -> list[FieldError]:
    """Errors inside something encoded: no pointer reaches into it, so the message leads there."""
    return [
        FieldError(pointer, error.code, f"{error.pointer}: {error.message}" if error.pointer else error.message)
        for error in errors
    ]
