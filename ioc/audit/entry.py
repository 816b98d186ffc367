"""One thing that somebody did, or personal data that somebody read; never a word of that data itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from ioc.audit.chain import Link, hashed
from ioc.events.identifiers import is_personal

HIDDEN: Final = "(hidden)"
"""Stands where somebody used personal data as a name."""
_MAX_TEXT: Final = 300
_MAX_ITEMS: Final = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of one act.

    Attributes:
        entry_id: Names it; the same id twice is the same act, written down again after a crash.
        at: When, UTC.
        actor: Who: an account's name, a key's publisher, or ``cli:`` and the user of the machine.
        action: What, with dots: ``incident.resolve``, ``keys.new``, ``privacy.show`` …
        object: On what: an id or a pseudonym.
        outcome: ``done``, ``requested``, ``refused`` …
        details: Ids, codes and counts that explain it.

    """

    entry_id: str
    at: datetime
    actor: str
    action: str
    object: str
    outcome: str
    details: Mapping[str, Any] = field(default_factory=dict)


def entry_of(
    entry_id: str, at: datetime, actor: str, action: str, target: str, *, outcome: str = "done", **details: Any
) -> Entry:
    """An entry without what is personal: names that are a phone number, an address or a paper are hidden."""
    return Entry(entry_id, at, _clean(actor), action, _clean(target), outcome, _cleaned(details))


def read_link(raw: bytes | None) -> Link | None:
    """A record of the topic as a link of its chain; ``None`` where it is none (an older form, or not ours)."""
    try:
        content = orjson.loads(raw or b"")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(content, dict):
        return None
    texts = [content.get(name) for name in ("chain", "actor", "at", "prev_hash", "hash")]
    seq = content.get("seq")
    if type(seq) is not int or seq < 1 or not all(isinstance(text, str) for text in texts):
        return None
    chain, actor, at, prev_hash, digest = (str(text) for text in texts)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return Link(chain, actor, seq, moment, prev_hash, digest, hashed(content) == digest, content)


def _clean(text: str) -> str:
    return HIDDEN if is_personal(text) else text[:_MAX_TEXT]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {str(name): _cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value[:_MAX_ITEMS]]
    return value
