"""Where photos of a report may lie: links are references for people, no process of ours ever follows one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from ioc.records import FieldError

ATTACHMENT: Final = "ioc:attachment/"
"""Begin of a reference to a picture that was uploaded."""
ATTACHMENT_ID: Final = re.compile(r"[a-p]{40}")
"""Letters only, so that nothing in a reference is ever taken for a telephone number."""
NOT_ALLOWED: Final = "not_allowed"

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\]")
"""Programs differ in what they make of an address with these: none is let through to be read in two ways."""
_STORAGE: Final = frozenset({"s3", "gs", "minio"})
"""Schemes of keys in a publisher's own store, which no browser follows."""


def photo_faults(photos: Sequence[str], hosts: Collection[str]) -> Iterator[FieldError]:
    """What is wrong with the links of a report; whether an upload is there is its keeper's to say.

    Args:
        photos: Its links.
        hosts: Hosts that pictures may lie on, in lower case; one that begins with a dot stands for all hosts below it.
            Where none is named, every host may, and so may keys of a publisher's own store (``s3://…``, or a name
            without scheme): a list turns them off, because nothing says whose store it is.

    """
    for number, link in enumerate(photos):
        if reason := _reason(link, hosts):
            yield FieldError(f"/photos/{number}", NOT_ALLOWED, reason)


def _reason(link: str, hosts: Collection[str]) -> str:
    if link.startswith(ATTACHMENT):
        return ""
    scheme = _SCHEME.match(link)
    name = scheme[1].lower() if scheme else ""
    if name == "https":
        return _reason_of_address(link, hosts)
    if not hosts and (name in _STORAGE or (not scheme and not link.startswith("//"))):
        return ""
    return f"must be an https address or {ATTACHMENT}<id> of an upload"


def _reason_of_address(link: str, hosts: Collection[str]) -> str:
    try:
        parts = urlsplit(link)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    if not host or _UNFIT.search(link) or "@" in parts.netloc:
        return "must be an https address with a host and without a user"
    if not hosts:
        return ""
    if port not in {None, 443} or not any(host == each or (each[:1] == "." and host.endswith(each)) for each in hosts):
        return "must be on a host that is allowed here, on its usual port; ask which ones are, or upload the picture"
    return ""
