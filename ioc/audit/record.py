"""What stands on ``ioc.audit``: an entry, and its place in its chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that somebody did, or personal data that somebody read (``ioc.audit``); never a word of that data.

    Attributes:
        at: When.
        actor: Who: an account's name, a key's publisher, or ``cli:`` and the user of the machine.
        action: What, with dots: ``incident.resolve``, ``keys.new``, ``privacy.show`` …
        object: On what: an id or a pseudonym.
        outcome: ``done``, ``requested``, ``refused`` …
        details: Ids, codes and counts that explain it.
        entry_id: Names it; the same id twice is the same act, written down again after a crash.
        chain: Whose chain of records it is in.
        seq: Number within the actor's part of that chain, from 1.
        prev_hash: ``hash`` of the record before it; 64 zeros for the first one.
        hash: SHA-256 in hex over everything but itself, as JSON with sorted names and without spaces.

    """

    at: datetime
    actor: str
    action: str
    object: str
    outcome: str
    details: dict[str, Any]
    entry_id: str
    chain: str
    seq: int
    prev_hash: str
    hash: str
