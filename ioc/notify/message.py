"""What is sent: bodies of each kind, and the signature of a web hook.

Alertmanager's web hook is version 4 of its documented form; CloudEvents 1.0 are structured JSON; signatures follow
the Standard Webhooks specification (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from string import Template
from typing import Any, Final

import orjson

from ioc.languages import Language
from ioc.notify.notice import Notice
from ioc.notify.subscription import Subscription

_NEVER: Final = "0001-01-01T00:00:00Z"
"""End of what has not ended, as Alertmanager writes it."""
_ENCODED: Final = "whsec_"
_SHOWN: Final = 40
"""Alerts that one text lists; the rest is counted."""

_SEVERITY: Final[Mapping[Language, Mapping[str, str]]] = {
    "vi": {"critical": "KHẨN CẤP", "high": "CAO", "normal": "THƯỜNG", "low": "THẤP"},
    "en": {"critical": "CRITICAL", "high": "HIGH", "normal": "NORMAL", "low": "LOW"},
}
_REASON: Final[Mapping[Language, Mapping[str, str]]] = {
    "vi": {
        "opened": "mới", "updated": "cập nhật", "worsened": "nặng hơn", "escalated": "chuyển cấp",
        "sla_breached": "quá hạn", "resolved": "đã xong",
    },
    "en": {
        "opened": "new", "updated": "update", "worsened": "worse", "escalated": "escalated",
        "sla_breached": "overdue", "resolved": "resolved",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """What texts need beside the alerts.

    Attributes:
        zone: Of the times in texts.
        centre: Name of a centre by its code.
        link: Address of an incident's page by its id; empty: texts have none.
        source: ``source`` of CloudEvents.

    """

    zone: tzinfo
    centre: Callable[[str], str]
    link: Callable[[str], str]
    source: str


@dataclass(frozen=True, slots=True)
class Request:
    """A HTTP request to be sent, but for its signature."""

    url: str
    headers: dict[str, str]
    body: bytes


def subject(notices: Sequence[Notice], language: Language) -> str:
    """One line: the gravest alert, and how many more there are."""
    first = min(notices, key=lambda each: list(_SEVERITY[language]).index(each.text("severity")))
    line = f"[{_SEVERITY[language][first.text('severity')]}] {_one_line(first.text('title'))}"
    more = len(notices) - 1
    if not more:
        return line
    return f"{line} (+{more} cảnh báo)" if language == "vi" else f"{line} (+{more} alerts)"


def text(notices: Sequence[Notice], language: Language, wording: Wording) -> str:
    """Plain text: one block per alert, in the order in which they were written."""
    blocks = []
    for notice in notices[:_SHOWN]:
        severity = _SEVERITY[language][notice.text("severity")]
        reason = _REASON[language].get(notice.text("reason"), notice.text("reason"))
        at = notice.at.astimezone(wording.zone).strftime("%H:%M %d/%m/%Y")
        lines = [
            f"[{severity} · {reason}] {_one_line(notice.text('title'))}",
            f"{wording.centre(notice.text('centre'))} · {at} · {notice.text('incident_id')}",
        ]
        body = notice.text("text").strip()
        if body and body != notice.text("title").strip():
            lines.append(body)
        if link := wording.link(notice.text("incident_id")):
            lines.append(link)
        blocks.append("\n".join(lines))
    if (rest := len(notices) - _SHOWN) > 0:
        blocks.append(f"… và {rest} cảnh báo nữa" if language == "vi" else f"… and {rest} more alerts")
    return "\n\n".join(blocks)


def _one_line(words: str) -> str:
    """What may stand in a header: no line ends, no control signs."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def alertmanager(subscription: Subscription, notices: Sequence[Notice], wording: Wording) -> Request:
    """Alertmanager's web hook, version 4: one group, its alerts in order."""
    alerts = [_alert(each, wording) for each in notices]
    firing = any(each["status"] == "firing" for each in alerts)
    labels: list[dict[str, str]] = [each["labels"] for each in alerts]
    common = {key: value for key, value in labels[0].items() if all(each.get(key) == value for each in labels)}
    group = {"receiver": subscription.name}
    body = {
        "version": "4",
        "groupKey": f"{{}}:{{receiver={orjson.dumps(subscription.name).decode()}}}",
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": subscription.name,
        "groupLabels": group,
        "commonLabels": common,
        "commonAnnotations": {},
        "externalURL": wording.link(""),
        "alerts": alerts,
    }
    return Request(subscription.to[0], {"content-type": "application/json"}, orjson.dumps(body))


def _alert(notice: Notice, wording: Wording) -> dict[str, Any]:
    resolved = notice.text("reason") == "resolved" or notice.text("status") in {"resolved", "closed"}
    labels = {"alertname": f"{notice.text('category')}/{notice.text('subcategory')}"} | {
        name: notice.text(name)
        for name in ("incident_id", "centre", "severity", "category", "subcategory", "commune")
        if notice.text(name)
    }
    annotations = {name: notice.text(name) for name in ("title", "text", "reason", "status") if notice.text(name)}
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels,
        "annotations": {"summary": notice.text("title")} | annotations,
        "startsAt": notice.at.isoformat(),
        "endsAt": notice.at.isoformat() if resolved else _NEVER,
        "generatorURL": wording.link(notice.text("incident_id")),
        # Of the incident, not of the alert: what resolves has to meet what fired.
        "fingerprint": hashlib.sha256(notice.text("incident_id").encode()).hexdigest()[:16],
    }


def cloudevent(subscription: Subscription, notice: Notice, wording: Wording) -> Request:
    """One structured CloudEvent 1.0; its id is the alert's place in Kafka."""
    event = {
        "specversion": "1.0",
        "id": notice.place,
        "source": wording.source,
        "type": "vn.ioc.alert.v1",
        "subject": notice.text("incident_id"),
        "time": notice.at.isoformat(),
        "datacontenttype": "application/json",
        "data": notice.alert,
    }
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    return Request(subscription.to[0], headers, orjson.dumps(event))


def bot(subscription: Subscription, notices: Sequence[Notice], wording: Wording, secret: str) -> Request:
    """A bot's request: the subscription's address, headers and body with their placeholders filled in."""
    incident = notices[0].text("incident_id") if len({each.text("incident_id") for each in notices}) == 1 else ""
    values = {
        "text": text(notices, subscription.language, wording),
        "subject": subject(notices, subscription.language),
        "link": wording.link(incident),
        "secret": secret,
    }
    headers = {name: Template(value).substitute(values) for name, value in subscription.headers.items()}
    return Request(
        Template(subscription.to[0]).substitute(values),
        {"content-type": "application/json"} | {name.lower(): _one_line(value) for name, value in headers.items()},
        orjson.dumps(_filled(subscription.body, values)),
    )


def _filled(content: object, values: Mapping[str, str]) -> object:
    if isinstance(content, dict):
        return {key: _filled(value, values) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, values) for value in content]
    return Template(content).substitute(values) if isinstance(content, str) else content


def signature(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers by which a receiver knows whose message it is, and how old.

    ``v1`` is the base64 of HMAC-SHA256 over ``id.timestamp.body``; a secret that begins with ``whsec_`` is base64.

    Raises:
        ValueError: it begins so and is none.

    """
    key = base64.b64decode(secret.removeprefix(_ENCODED), validate=True) if secret.startswith(_ENCODED) else None
    seconds = int(at.timestamp())
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    digest = base64.b64encode(hmac.digest(secret.encode() if key is None else key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{digest}"}
