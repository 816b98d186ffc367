"""Names that are made of an event's identity, (source, id): the same event gives the same name everywhere."""

from __future__ import annotations

from hashlib import blake2b


def digest(publisher: str, event_id: str) -> int:
    """64-bit digest of an event's identity (source, id)."""
    return int.from_bytes(blake2b(f"{publisher}\0{event_id}".encode(), digest_size=8).digest(), "big")


def report_signal_id(publisher: str, report_id: str) -> str:
    """Id of the signal that a citizen's report becomes."""
    return f"reports:{digest(publisher, report_id):016x}"
