"""What of a report is personal: taken out of it before it is written, put back where it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import orjson

from ioc.classify.pseudonym import one_spelling
from ioc.events.fields import MAX_TEXT
from ioc.events.report import Report, Reporter
from ioc.events.sources import encode_event


@dataclass(frozen=True, slots=True)
class Contact:
    """Whose key a report's personal values are under.

    Attributes:
        source: The publisher: the same number of two apps is two people.
        signed: Whether a person is known; a report that nobody signed has a key of its own.
        name: By what the publisher knows the person, as intake makes pseudonyms of it; else the report's id.
        words: By what it is found: the person's id, phone and e-mail; else the report's id.
        fields: Id, name, phone, e-mail, as far as they are known.

    """

    source: str
    signed: bool
    name: str
    words: tuple[str, ...]
    fields: dict[str, str]


class Remains(NamedTuple):
    """A report in two parts.

    Attributes:
        value: JSON without personal values: what open topics may hold.
        personal: JSON of the personal values.

    """

    value: bytes
    personal: bytes


def contact_of(source: str, report: Report) -> Contact:
    """Whose report it is."""
    reporter = report.reporter or Reporter()
    fields = {name: value for name, value in asdict(reporter).items() if value is not None}
    if reporter.identity is None:
        return Contact(source, False, report.id, (searched(report.id),), fields)
    known = (reporter.id, reporter.phone, reporter.email)
    words = tuple(dict.fromkeys(searched(word) for word in known if word is not None))
    return Contact(source, True, one_spelling(reporter.identity), words, fields)


def searched(word: str) -> str:
    """An identifier in the one spelling in which people are looked for."""
    return one_spelling(word).casefold()


def about(source: str, report_id: str) -> bytes:
    """What a report's box is bound to: it does not open as another report's."""
    return b"ioc report\0" + source.encode() + b"\0" + report_id.encode()


def parted(report: Report, redact: Callable[[str], str]) -> Remains:
    """A report in two parts; the personal one is empty where nothing is personal.

    The text goes with the personal values where redaction changes it. What stays is what intake makes of it anyway,
    so that a report can be acted on after its key is gone.
    """
    text = redact(report.text)[:MAX_TEXT]
    personal: dict[str, Any] = {}
    if text != report.text:
        personal["text"] = report.text
    if report.address is not None:
        personal["address"] = report.address
    if report.reporter is not None:
        personal["reporter"] = {name: value for name, value in asdict(report.reporter).items() if value is not None}
    value = encode_event(replace(report, text=text, address=None, reporter=None))
    return Remains(value, orjson.dumps(personal) if personal else b"")


def joined(report: Report, personal: bytes) -> Report:
    """The report that :func:`parted` has taken apart.

    Raises:
        ValueError: it is no such part.

    """
    values: dict[str, Any] = orjson.loads(personal)
    reporter = values.pop("reporter", None)
    return replace(report, **values, reporter=None if reporter is None else Reporter(**reporter))
