"""A chain: the records of one actor that one writer wrote, each with the hash of the one before it.

Several writers append at the same time (gateways, commands), so there is no one chain of all records: nobody could give
out its next number without waiting for everybody else. A chain belongs to one writer, which only one process is at a
time, and to one actor, whose key puts all of it into one partition: there it stands in its order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from ioc.audit.entry import Entry

GENESIS: Final = "0" * 64
"""``prev_hash`` of a chain's first record."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a chain: its number, its hash, when."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """One record as its chain sees it.

    Attributes:
        chain: The writer.
        actor: Whose chain of that writer.
        seq: Number within the chain, from 1.
        at: When.
        prev_hash: Hash of the record before it.
        hash: Its own, as it says.
        holds: Whether that is the hash of what it says.
        content: All of it.

    """

    chain: str
    actor: str
    seq: int
    at: datetime
    prev_hash: str
    hash: str
    holds: bool
    content: Mapping[str, Any]

    @property
    def head(self) -> Head:
        """The chain's head while this is its last record."""
        return Head(self.seq, self.hash, self.at)


def link(entry: Entry, chain: str, head: Head | None) -> tuple[bytes, Head]:
    """The record of an entry as the next one of a chain, and the head that the chain then has.

    Args:
        entry: What to write down.
        chain: The writer.
        head: Of the entry's actor at this writer; ``None`` for its first record.

    """
    content: dict[str, Any] = {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "outcome": entry.outcome,
        "details": entry.details,
        "entry_id": entry.entry_id,
        "chain": chain,
        "seq": head.seq + 1 if head else 1,
        "prev_hash": head.hash if head else GENESIS,
    }
    # What is hashed is what a reader finds: times as text, numbers as JSON has them.
    content = orjson.loads(orjson.dumps(content, option=orjson.OPT_UTC_Z))
    content["hash"] = hashed(content)
    return orjson.dumps(content), Head(content["seq"], content["hash"], entry.at)


def hashed(content: Mapping[str, Any]) -> str:
    """SHA-256 over everything but ``hash``, as JSON with sorted names and without spaces, in hex."""
    said = {name: value for name, value in content.items() if name != "hash"}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
