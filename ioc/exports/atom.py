"""CAP messages as an Atom feed (RFC 4287): one entry each, with a link to the message itself."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from html import escape
from typing import Final
from urllib.parse import quote

from ioc.exports import cap

MEDIA: Final = "application/atom+xml; charset=utf-8"
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def head(base: str, title: str, agency: str, updated: datetime | None, zone: tzinfo) -> bytes:
    """What stands before the entries; ``base`` is where messages are, without a slash at its end."""
    at = (updated or datetime.fromtimestamp(0, zone)).astimezone(zone).isoformat(timespec="seconds")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">'
        f"<id>{_text(base)}.atom</id><title>{_text(title)}</title><updated>{at}</updated>"
        f"<author><name>{_text(agency)}</name></author>"
        f'<link rel="self" href="{_text(base)}.atom"/>'
    ).encode()


def entry(message: cap.Message, base: str, title: str, zone: tzinfo) -> bytes:
    """One message."""
    name = cap.identifier(message.alert)
    at = datetime.fromisoformat(message.alert["at"]).astimezone(zone).isoformat(timespec="seconds")
    address = f"{base}/{quote(str(message.alert['alert_id']), safe='')}.xml"
    return (
        f"\n<entry><id>urn:ioc:cap:{_text(name)}</id><title>{_text(title)}</title><updated>{at}</updated>"
        f'<link rel="alternate" type="{cap.MEDIA}" href="{_text(address)}"/>'
        f'<category term="{message.kind}"/></entry>'
    ).encode()


def tail(following: str | None) -> bytes:
    """What stands behind them; ``following`` is the address of the next page, if there is one."""
    link = f'\n<link rel="next" href="{_text(following)}"/>' if following else ""
    return f"{link}\n</feed>\n".encode()


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("", text))
