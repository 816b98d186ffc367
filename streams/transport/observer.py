"""What the engine tells the outside: bind it to metrics, readiness, or a test."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a round ended."""

    COMMITTED = "committed"
    TAKEN_BACK = "taken_back"
    UNKNOWN_COMMITTED = "unknown_committed"
    UNKNOWN_TAKEN_BACK = "unknown_taken_back"
    FENCED = "fenced"


class Point(StrEnum):
    """Places that every round passes, in order."""

    HANDLED = "handled"
    SENDING = "sending"
    SENT = "sent"
    OFFSETS = "offsets"
    ENDING = "ending"
    ENDED = "ended"


class EngineObserver:
    """Override what you want to know. Called in the event loop: be quick, do not raise."""

    def round_finished(self, outcome: Outcome, seconds: float, records: int) -> None:
        """A round is over; ``records`` is its input."""

    def lag(self, topic: str, partition: int, records: int) -> None:
        """Records (markers included) between the end of what is readable and what is committed."""

    def dead_letter(self, agent: str, topic: str, reason: str) -> None:
        """A dead letter is committed."""

    def rebalanced(self, partitions: int, generation: int) -> None:
        """The group has assigned this many partitions to this process."""

    def recovered(self, partitions: int, records: int, seconds: float) -> None:
        """State is read back from the changelogs."""

    def agent_stopped(self, agent: str, why: str) -> None:
        """The brake stopped an agent."""

    def broker_reachable(self, reachable: bool) -> None:
        """The broker went away, or is back."""

    def passed(self, point: Point) -> None:
        """A round passes a named place (tests stop the process here)."""
