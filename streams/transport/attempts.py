"""Finding the record that kills the process: segmentation fault, out of memory, ``os._exit`` in a handler.

Nothing can be caught when the process dies, so each start leaves a note before its first round. When the last owner
of a partition died without getting anywhere, the next one goes on in smaller rounds; in rounds of one record it
notes each before it starts, and a record that two processes died of is dead-lettered without being handled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

ROUND_SIZES: Final = (None, 256, 16, 1)
"""Records in a round at each level; None: no limit of its own."""

MARKING: Final = len(ROUND_SIZES) - 1
"""The level at which each record is noted before it is handled."""

DEATHS: Final = 2
"""So many processes must have died in a record before it is given up."""


class Attempt(BaseModel):
    """What the owner of a partition notes: one record of the attempts topic, keyed group/topic/partition.

    Attributes:
        committed: Committed offset when it was written.
        level: How careful the owner was.
        until: Up to this offset it stays at that level.
        ended: The owner let go in good order; it did not die.
        marker: At the last level, the record in work.
        deaths: Processes that have died in the marked record.

    """

    model_config = ConfigDict(frozen=True)

    committed: int
    level: int = 0
    until: int = 0
    ended: bool = False
    marker: int | None = None
    deaths: int = 0


def next_attempt(previous: Attempt | None, committed: int, end: int, max_records: int) -> Attempt:
    """How careful to be with a partition that was just assigned.

    Args:
        previous: The last note, None if there is none.
        committed: Committed offset now.
        end: End of the log (of what is readable) now.
        max_records: Largest round.

    """
    if previous is None or committed >= end:
        return Attempt(committed=committed)
    careful = previous.level > 0 and committed < previous.until
    if previous.ended:
        # Nobody died, but the dangerous place is still ahead.
        return (
            previous.model_copy(update={"committed": committed, "ended": False})
            if careful
            else Attempt(committed=committed)
        )
    stuck = committed == previous.committed
    if not careful and not stuck:
        # It died after it had got somewhere, and not while it was being careful: nothing points at a record.
        return Attempt(committed=committed)
    level = min(previous.level + 1, MARKING)
    span = ROUND_SIZES[previous.level] or max_records
    until = min(committed + span, end)
    if previous.level == MARKING:
        until = max(until, previous.until)
    died_in = previous.marker if previous.marker == committed else None
    return Attempt(
        committed=committed,
        level=level,
        until=until,
        marker=died_in,
        deaths=previous.deaths + 1 if died_in is not None else 0,
    )


def given_up(attempt: Attempt) -> int | None:
    """The offset of the record that has killed enough processes, or None."""
    return attempt.marker if attempt.deaths >= DEATHS else None


def attempt_key(group: str, topic: str, partition: int) -> bytes:
    """Key in the attempts topic."""
    return f"{group}/{topic}/{partition}".encode()


def read_attempts(records: Mapping[bytes, bytes]) -> dict[bytes, Attempt]:
    """Decode the newest note of each key; a note that cannot be read counts as none."""
    found = {}
    for key, value in records.items():
        try:
            found[key] = Attempt.model_validate_json(value)
        except ValueError:
            continue
    return found
