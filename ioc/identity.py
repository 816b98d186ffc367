"""Names that are made of an event's identity, (source, id), the same everywhere; and names that are no number."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_LETTERS: Final = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")


def digest(publisher: str, event_id: str) -> int:
    """64-bit digest of an event's identity (source, id)."""
    return int.from_bytes(blake2b(f"{publisher}\0{event_id}".encode(), digest_size=8).digest(), "big")


def report_signal_id(publisher: str, report_id: str) -> str:
    """Id of the signal that a citizen's report becomes."""
    return f"reports:{digest(publisher, report_id):016x}"


def lettered(content: bytes) -> str:
    """Spell bytes in letters, two for each: figures alone, as hexadecimal ones may be, could be somebody's number.

    >>> lettered(bytes([0x09, 0x12]))
    'ajbc'
    """
    return content.hex().encode().translate(_LETTERS).decode()
