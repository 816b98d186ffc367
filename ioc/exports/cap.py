"""Alerts as messages of the Common Alerting Protocol 1.2 (OASIS), in chains of Alert, Update and Cancel.

A message never has a word that a citizen wrote, nor who it was: the sender is the agency, the event is what the kind
of incident is called, the area is the commune. Elements come in the order of the schema; times have an offset and
never ``Z``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape
from typing import Any, Final, Literal

from ioc.kinds import Kinds
from ioc.languages import LANGUAGES, Language
from ioc.synthetic import SUFFIX

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA: Final = "application/cap+xml"
EXPIRES: Final = timedelta(hours=24)
"""How long a message holds unless another one follows."""

MessageType = Literal["Alert", "Update", "Cancel"]

_TAGS: Final[Mapping[Language, str]] = {"vi": "vi-VN", "en": "en-US"}
_SEVERITY: Final = {"critical": "Extreme", "high": "Severe", "normal": "Moderate", "low": "Minor"}
_URGENCY: Final = {"critical": "Immediate", "high": "Immediate", "normal": "Expected", "low": "Future"}
_CATEGORY: Final = {
    "traffic": "Transport", "urban_infrastructure": "Infra", "environment": "Env", "security": "Security",
    "fire_rescue": "Fire", "disaster": "Met", "power_water": "Infra", "telecom": "Infra", "urban_order": "Safety",
    "health_food": "Health",
}  # fmt: skip
_NARROWER: Final = {
    ("disaster", "landslide"): "Geo",
    ("disaster", "ground_crack"): "Geo",
    ("fire_rescue", "trapped"): "Rescue",
    ("fire_rescue", "drowning"): "Rescue",
}
_OVER: Final = frozenset({"resolved"})
_LIKELY: Final = 3
"""Pieces of evidence from which on what only citizens say is likely."""
_UNFIT: Final = re.compile(r"[\s,<&]")
"""Characters that an identifier or sender may not have."""
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TOLD: Final[Mapping[MessageType, Mapping[Language, str]]] = {
    "Alert": {
        "vi": "{event} tại {area}. Mức độ: {severity}. Ghi nhận lúc {at}.",
        "en": "{event} at {area}. Severity: {severity}. Noticed at {at}.",
    },
    "Update": {
        "vi": "Cập nhật: {event} tại {area}. Mức độ: {severity}. Cập nhật lúc {at}.",
        "en": "Update: {event} at {area}. Severity: {severity}. As of {at}.",
    },
    "Cancel": {
        "vi": "Đã kết thúc: {event} tại {area}, lúc {at}.",
        "en": "Over: {event} at {area}, at {at}.",
    },
}
_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "critical": {"vi": "đặc biệt nghiêm trọng", "en": "critical"},
    "high": {"vi": "nghiêm trọng", "en": "high"},
    "normal": {"vi": "trung bình", "en": "normal"},
    "low": {"vi": "thấp", "en": "low"},
}


@dataclass(frozen=True, slots=True)
class Area:
    """Where a message holds.

    Attributes:
        name: For people.
        code: Of the commune; empty where it is not known which.
        rings: Outer boundaries, each of latitude and longitude, the first point again at its end.
        circle: Latitude, longitude and radius in kilometres, where there is no boundary.

    """

    name: str
    code: str = ""
    rings: Sequence[Sequence[tuple[float, float]]] = ()
    circle: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who sends.

    Attributes:
        sender: Names the agency among all of the world's; no space, comma, ``<`` or ``&``.
        name: Of the agency, for people.
        contact: How to reach it; may be empty.
        zone: Whose time is told.

    """

    sender: str
    name: str
    contact: str
    zone: tzinfo

    def __post_init__(self) -> None:
        if not self.sender or _UNFIT.search(self.sender):
            raise ValueError("the sender of CAP messages has no space, comma, < or & and is not empty")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chain.

    Attributes:
        alert: The alert that it tells of.
        kind: Begins, goes on with or ends what the chain tells.
        references: Alerts of the messages before it, the earliest first.
        told: Alert whose kind of incident it names: of what is not to be shown any more, the one before it.

    """

    alert: Mapping[str, Any]
    kind: MessageType
    references: tuple[Mapping[str, Any], ...]
    told: Mapping[str, Any]


def chain(alerts: Iterable[Mapping[str, Any]], kinds: Kinds) -> Iterator[Message]:
    """Messages of one incident.

    What tells nobody outside anything new (who was called, that somebody is late) makes none: an Update is for another
    severity, kind or commune. What is not shown to everybody makes none either, and what was and is no more is
    cancelled.

    Args:
        alerts: All of the incident, the earliest first.
        kinds: Says what may be shown.

    """
    sent: list[Mapping[str, Any]] = []
    for alert in alerts:
        shown = kinds.public(alert["category"], alert["subcategory"])
        if not sent:
            if shown and alert["reason"] not in _OVER:
                sent.append(alert)
                yield Message(alert, "Alert", (), alert)
            continue
        if not shown or alert["reason"] in _OVER:
            yield Message(alert, "Cancel", tuple(sent), alert if shown else sent[-1])
            sent.clear()
        elif _news(alert) != _news(sent[-1]):
            yield Message(alert, "Update", tuple(sent), alert)
            sent.append(alert)


def identifier(alert: Mapping[str, Any]) -> str:
    """Of the message about an alert."""
    return _UNFIT.sub("-", str(alert["alert_id"]))


def written(message: Message, publisher: Publisher, kinds: Kinds, area: Callable[[str], Area]) -> bytes:
    """XML of a message.

    Args:
        message: Of :func:`chain`.
        publisher: Who sends it.
        kinds: What incidents are called.
        area: Of a commune, by its code.

    """
    alert, where = message.told, area(message.told["commune"])
    sent = _time(message.alert["at"], publisher.zone)
    head = [
        ("identifier", identifier(message.alert)),
        ("sender", publisher.sender),
        ("sent", sent),
        ("status", "Exercise" if str(alert["title"]).endswith(SUFFIX) else "Actual"),
        ("msgType", message.kind),
        ("scope", "Public"),
    ]
    if message.references:
        known = (f"{publisher.sender},{identifier(each)},{_time(each['at'], publisher.zone)}"
                 for each in message.references)  # fmt: skip
        head.append(("references", " ".join(known)))
    head.append(("incidents", str(alert["incident_id"])))
    infos = "".join(_info(message, language, publisher, kinds, where) for language in LANGUAGES)
    body = "".join(_element(name, text) for name, text in head) + infos
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NAMESPACE}">{body}</alert>\n'.encode()


def _info(message: Message, language: Language, publisher: Publisher, kinds: Kinds, where: Area) -> str:
    alert = message.told
    event = kinds.name(alert["category"], alert["subcategory"], language)
    event = event[:1].upper() + event[1:]
    sent = _instant(message.alert["at"]).astimezone(publisher.zone)
    told = _TOLD[message.kind][language].format(
        event=event, area=where.name, severity=_WORDS[alert["severity"]][language], at=f"{sent:%H:%M %d/%m/%Y}"
    )
    over = message.kind == "Cancel"
    fields = [
        ("language", _TAGS[language]),
        ("category", category_of(alert["category"], alert["subcategory"])),
        ("event", event),
        ("responseType", "AllClear" if over else "Monitor"),
        ("urgency", "Past" if over else _URGENCY[alert["severity"]]),
        ("severity", _SEVERITY[alert["severity"]]),
        ("certainty", _certainty(alert)),
    ]
    coded = f"{alert['category']}.{alert['subcategory']}".rstrip(".")
    text = "".join(_element(name, value) for name, value in fields)
    text += _pair("eventCode", "urn:ioc:kind", coded)
    text += _element("effective", sent.isoformat(timespec="seconds"))
    if not over:
        text += _element("expires", (sent + EXPIRES).isoformat(timespec="seconds"))
    text += _element("senderName", publisher.name)
    text += _element("headline", f"{event} – {where.name}"[:160]) + _element("description", told)
    if publisher.contact:
        text += _element("contact", publisher.contact)
    return f"<info>{text}{_area(where)}</info>"


def _area(where: Area) -> str:
    text = _element("areaDesc", where.name)
    for ring in where.rings:
        text += _element("polygon", " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in ring))
    if not where.rings and where.circle is not None:
        lat, lon, radius_km = where.circle
        text += _element("circle", f"{lat:.5f},{lon:.5f} {radius_km:.1f}")
    if where.code:
        text += _pair("geocode", "urn:ioc:commune", where.code)
    return f"<area>{text}</area>"


def category_of(category: str, subcategory: str) -> str:
    """CAP's category of a kind of incident."""
    return _NARROWER.get((category, subcategory)) or _CATEGORY.get(category, "Other")


def _certainty(alert: Mapping[str, Any]) -> str:
    """Instruments observe; of what only citizens say, some is likely."""
    if set(alert["sources"]) - {"reports"}:
        return "Observed"
    return "Likely" if alert["evidence_count"] >= _LIKELY else "Possible"


def _news(alert: Mapping[str, Any]) -> tuple[str, ...]:
    return alert["severity"], alert["category"], alert["subcategory"], alert["commune"]


def _pair(name: str, what: str, value: str) -> str:
    return f"<{name}>{_element('valueName', what)}{_element('value', value)}</{name}>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_ILLEGAL.sub('', text), quote=False)}</{name}>"


def _time(at: str, zone: tzinfo) -> str:
    return _instant(at).astimezone(zone).isoformat(timespec="seconds")


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at)
