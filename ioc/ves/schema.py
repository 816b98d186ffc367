"""Whether an event is as the Common Event Format 30.2.1 says; what is wrong, in our codes and without what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

import orjson
from jsonschema_rs import Draft4Validator, ValidationError, ValidationErrorKind

from ioc.events.problems import MAX_ERRORS
from ioc.records import FieldError

Domain = Literal[
    "fault", "heartbeat", "measurement", "mobileFlow", "notification", "other", "perf3gpp", "pnfRegistration",
    "sipSignaling", "stateChange", "stndDefined", "syslog", "thresholdCrossingAlert", "voiceQuality",
]  # fmt: skip
"""``commonEventHeader.domain``: what kind of event it is, hence which block it has."""
DOMAINS: Final[tuple[Domain, ...]] = get_args(Domain)

SCHEMA_FILE: Final = "CommonEventFormat_30.2.1_ONAP.json"

_SMALL: Final = 64
"""Most members and elements of an event whose errors are all listed; one costs about 5 µs."""

_TYPES: Final = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "an array",
    "object": "a JSON object",
}


def schema_bytes() -> bytes:
    """The schema as it was published."""
    return (files("ioc.ves") / "cef" / SCHEMA_FILE).read_bytes()


def with_textual_versions(event: dict[str, Any]) -> dict[str, Any]:
    """The event with versions that came as numbers as the texts that the schema wants; ``4`` is ``"4.0"``.

    The standard's own examples write ``"faultFieldsVersion": 4.0``, and so do its implementations.
    """
    return {
        name: {key: _version(value) if _is_version(key) else value for key, value in block.items()}
        if isinstance(block, dict)
        else block
        for name, block in event.items()
    }


def _is_version(name: str) -> bool:
    return name == "version" or name.endswith("Version")


def _version(value: object) -> object:
    return str(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def faults(event: object) -> list[FieldError]:
    """What is wrong with an event; empty where nothing is.

    Args:
        event: What a JSON reader made of one element of ``eventList``, or of ``event``.

    Returns:
        One error per field, at most :data:`~ioc.events.problems.MAX_ERRORS`, of a large event the first one only;
        pointers are relative to the event and name members of the schema only: what lies in a member that it does not
        know is shown as that member's parent.

    """
    validator, known = _compiled()
    try:
        if validator.is_valid(event):
            return []
        errors = validator.iter_errors(event) if _is_small(event) else _first(validator, event)
    except ValueError:  # the validator cannot show an error about something so deep
        return [FieldError("", "invalid", "must not be nested so deeply")]
    found: dict[str, FieldError] = {}
    for error in errors:
        fault = _fault(error, known)
        found.setdefault(fault.pointer, fault)
        if len(found) == MAX_ERRORS:
            break
    return list(found.values())


@cache
def header_texts() -> frozenset[str]:
    """Fields of the ``commonEventHeader`` that are texts."""
    header = orjson.loads(schema_bytes())["definitions"]["commonEventHeader"]["properties"]
    return frozenset(name for name, part in header.items() if part.get("type") == "string")


@cache
def _compiled() -> tuple[Draft4Validator, frozenset[str]]:
    schema = orjson.loads(schema_bytes())
    event = {"$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": "#/definitions/event"}
    return Draft4Validator(event), frozenset(_members(schema["definitions"]))


def _members(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        properties = part.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for inner in part.values():
            yield from _members(inner)


def _is_small(event: object) -> bool:
    """Whether all errors may be asked for: the validator makes every one of them, and a megabyte can hold a million."""
    count = 0
    parts = [event]
    while parts:
        part = parts.pop()
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        count += len(inner)
        if count > _SMALL:
            return False
        parts.extend(inner)
    return True


def _first(validator: Draft4Validator, event: object) -> list[ValidationError]:
    try:
        validator.validate(event)
    except ValidationError as error:
        return [error]
    return []


def _fault(error: ValidationError, known: frozenset[str]) -> FieldError:
    pointer = _pointer(error.instance_path, known)
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.Required):
        return FieldError(f"{pointer}/{kind.property}", "missing", "required")
    if isinstance(kind, ValidationErrorKind.Type):
        wanted = " or ".join(_TYPES.get(name, name) for name in kind.types)
        return FieldError(pointer, "type", f"must be {wanted}")
    if isinstance(kind, ValidationErrorKind.Enum):
        return FieldError(pointer, "not_allowed", f"must be {_listed(kind.options)}")
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        return FieldError(pointer, "not_allowed", "has a member that the schema does not have")
    return FieldError(pointer, "invalid", "not as the schema says")


def _pointer(path: Iterable[str | int], known: frozenset[str]) -> str:
    pointer = ""
    for part in path:
        if isinstance(part, str) and part not in known:
            break
        pointer += f"/{part}"
    return pointer


def _listed(options: object) -> str:
    words = [str(option) for option in options] if isinstance(options, list) else [str(options)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
