"""What is posted: form or JSON to fields, fields to a report, or to what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from ioc.kinds import Kind, Kinds
from ioc.languages import Language
from ioc.open311.faults import Fault, Open311Error
from ioc.open311.services import ACCURACY, ADVICE, KIND, OCCURRED_AT
from ioc.records import FieldError

MAX_FIELDS: Final = 200
MAX_DESCRIPTION: Final = 4_000
"""Characters, as the standard says."""

Fields = Mapping[str, Sequence[str]]
"""Values by name; ``attribute[CODE]`` and ``attribute[CODE][]`` stand under ``attribute[CODE]``."""

_ATTRIBUTE: Final = re.compile(r"attribute\[([^\]]*)\](\[\])?")
_ATTRIBUTES: Final = frozenset({ADVICE, KIND, OCCURRED_AT, ACCURACY})
_WHO: Final = ("email", "device_id", "account_id", "first_name", "last_name", "phone")
_CONTENT: Final = ("service_code", "lat", "long", "address_string", "address_id", *_WHO, "description", "media_url")
_NAMES: Final = {
    "/text": "description",
    "/lat": "lat",
    "/lon": "long",
    "/address": "address_string",
    "/photos/0": "media_url",
    "/occurred_at": f"attribute[{OCCURRED_AT}]",
    "/accuracy_m": f"attribute[{ACCURACY}]",
    "/reporter/id": "account_id or device_id",
    "/reporter/name": "first_name, last_name",
    "/reporter/phone": "phone",
    "/reporter/email": "email",
}
"""What fields of a report are called by who posts."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A report that is fine as far as the standard goes.

    Attributes:
        report: Fields of the event, without its id.
        content: What makes it this request and no other.

    """

    report: Mapping[str, Any]
    content: Sequence[tuple[str, str]]


def fields_of_form(body: bytes) -> dict[str, list[str]]:
    """Fields of an ``application/x-www-form-urlencoded`` body.

    Raises:
        Open311Error: it is none, or has too many fields (400).

    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Open311Error.of(400, f"The form is not UTF-8, or has more than {MAX_FIELDS} fields.") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        _add(fields, name, value)
    return fields


def fields_of_json(body: bytes) -> dict[str, list[str]]:
    """Fields of a JSON object with the names of the form; ``attribute`` may be an object of its own.

    Raises:
        Open311Error: it is none (400).

    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or len(content) > MAX_FIELDS:
        raise Open311Error.of(400, f"The body is no JSON object of at most {MAX_FIELDS} members.")
    fields: dict[str, list[str]] = {}
    for name, value in content.items():
        if name == "attribute" and isinstance(value, dict):
            for code, part in value.items():
                _add_all(fields, f"attribute[{code}]", part)
        else:
            _add_all(fields, name, value)
    return fields


def posted(
    fields: Fields,
    kinds: Kinds,
    *,
    now: datetime,
    language: Language,
    commune: Callable[[str], str | None],
) -> Posted:
    """The report that fields make.

    Args:
        fields: What was posted.
        kinds: Services.
        now: When it was.
        language: Of the citizen.
        commune: Name of a commune by its code, which is what ``address_id`` is here.

    Raises:
        Open311Error: something is missing or not known; all of it at once.

    """
    faults: list[Fault] = []

    def value(name: str) -> str:
        found = [each.strip() for each in fields.get(name, ()) if each.strip()]
        if len(set(found)) > 1:
            faults.append(Fault(400, f"{name} must be given once."))
        return found[0] if found else ""

    kind = _service(value("service_code"), kinds, faults)
    report: dict[str, Any] = {"occurred_at": now.isoformat()}
    given = _place(report, value, commune, faults)
    if not given:
        faults.append(Fault(400, "A location is needed: lat and long, or address_string, or address_id."))
    chosen = _attributes(report, fields, kind, faults)
    description = value("description")
    if len(description) > MAX_DESCRIPTION:
        faults.append(Fault(400, f"description must have at most {MAX_DESCRIPTION} characters."))
    _reporter(report, value)
    if link := value("media_url"):
        report["photos"] = [link]
    content = [(name, value(name)) for name in _CONTENT]
    content += [(name, "\n".join(values)) for name, values in fields.items() if _ATTRIBUTE.fullmatch(name)]
    if faults or kind is None:
        raise Open311Error(list(dict.fromkeys(faults)))
    report["category_hint"] = kind.code
    # The citizen's choice is said in words: they are what a report is understood by, and what an operator reads.
    said = [description, chosen["vi"] if chosen is not None else ""]
    report["text"] = "\n".join(part for part in said if part) or kind.name["vi"]
    if language != "vi":
        report["locale"] = language
    return Posted(report, content)


def told(errors: Sequence[FieldError]) -> list[Fault]:
    """What is wrong with a report's event, by the names that who posted it knows."""
    return [Fault(400, _sentence(error)) for error in errors]


def _sentence(error: FieldError) -> str:
    name = _NAMES.get(error.pointer, "")
    return f"{name}: {error.message}." if name else f"{error.message}."


def _service(code: str, kinds: Kinds, faults: list[Fault]) -> Kind | None:
    if not code:
        faults.append(Fault(400, "service_code is needed."))
        return None
    kind = kinds.get(code)
    if kind is None:
        faults.append(Fault(404, "service_code is not known; GET services lists those that are."))
    return kind


def _place(
    report: dict[str, Any],
    value: Callable[[str], str],
    commune: Callable[[str], str | None],
    faults: list[Fault],
) -> bool:
    lat, lon = value("lat"), value("long")
    if bool(lat) is not bool(lon):
        faults.append(Fault(400, "lat and long come together."))
    elif lat:
        for name, field, text in (("lat", "lat", lat), ("long", "lon", lon)):
            if (number := _number(text)) is None:
                faults.append(Fault(400, f"{name} must be a number of degrees (WGS 84)."))
            report[field] = number
    address, code = value("address_string"), value("address_id")
    place = commune(code) if code else ""
    if place is None:
        faults.append(Fault(404, "address_id is not known; it is the code of a commune."))
    if found := ", ".join(part for part in (address, place) if part):
        report["address"] = found
    return bool(lat or lon or address or code)


def _attributes(
    report: dict[str, Any], fields: Fields, kind: Kind | None, faults: list[Fault]
) -> Mapping[Language, str] | None:
    """Put what attributes say into the report; returns the name of the subcategory that was chosen."""
    chosen = None
    for name, raw in fields.items():
        match = _ATTRIBUTE.fullmatch(name)
        values = [each.strip() for each in raw if each.strip()]
        if match is None or not values:
            continue
        code, value = match[1], values[0]
        if code not in _ATTRIBUTES:
            faults.append(Fault(400, "An attribute is not known for this service; GET its definition lists those."))
        elif len(values) > 1:
            faults.append(Fault(400, f"attribute[{code}] has one value."))
        elif code == KIND and kind is not None:
            sub = kind.kinds.get(value)
            if sub is None or not sub.offered:
                faults.append(Fault(400, f"attribute[{code}] must be a key of the service's definition."))
            else:
                chosen = sub.name
        elif code == OCCURRED_AT:
            report["occurred_at"] = value.replace(" ", "+")
        elif code == ACCURACY:
            if (number := _number(value)) is None:
                faults.append(Fault(400, f"attribute[{code}] must be a number of metres."))
            report["accuracy_m"] = number
    return chosen


def _reporter(report: dict[str, Any], value: Callable[[str], str]) -> None:
    who = {
        "id": value("account_id") or value("device_id"),
        "name": " ".join(part for part in (value("last_name"), value("first_name")) if part),
        "phone": value("phone"),
        "email": value("email"),
    }
    if who := {name: each for name, each in who.items() if each}:
        report["reporter"] = who


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _add(fields: dict[str, list[str]], name: str, value: str) -> None:
    match = _ATTRIBUTE.fullmatch(name)
    fields.setdefault(f"attribute[{match[1]}]" if match else name, []).append(value)


def _add_all(fields: dict[str, list[str]], name: str, value: object) -> None:
    for each in value if isinstance(value, list) else [value]:
        if each is None:
            continue
        if isinstance(each, bool | dict | list):
            raise Open311Error.of(400, "Members of the JSON object must be texts or numbers.")
        # A number is written as JSON has it, so that the same request in both forms is the same request.
        _add(fields, name, each if isinstance(each, str) else orjson.dumps(each).decode())
