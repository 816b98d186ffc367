"""What may be done with an incident: one table of transitions, each with the id that is logged and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ioc.vocabulary import ACTIONS, Action, Status

FINISHED: Final[frozenset[Status]] = frozenset({"resolved", "closed", "rejected", "duplicate"})
"""Nothing is left to do: not counted as open, joined by nothing, no deadline."""


@dataclass(frozen=True, slots=True)
class Transition:
    """Effect of an action.

    Attributes:
        rule_id: Names the row of the table.
        to: Status afterwards.
        reason: The command has to give a reason.

    """

    rule_id: str
    to: Status
    reason: bool = False


_OPEN: Final[tuple[Status, ...]] = (
    "received",
    "needs_info",
    "routed",
    "accepted",
    "in_progress",
    "returned",
    "reopened",
)
_CODES: Final[dict[Status, str]] = {
    "received": "REC",
    "needs_info": "INF",
    "routed": "ROU",
    "accepted": "ACC",
    "in_progress": "PRO",
    "resolved": "RES",
    "closed": "CLO",
    "returned": "RET",
    "reopened": "REO",
    "rejected": "REJ",
    "duplicate": "DUP",
}


def _table() -> dict[tuple[Status, Action], Transition]:
    rows: dict[tuple[Status, Action], Transition] = {}

    def add(action: Action, sources: tuple[Status, ...], to: Status | None, *, reason: bool = False) -> None:
        for source in sources:
            rows[source, action] = Transition(f"{_CODES[source]}-{action}", to or source, reason)

    add("acknowledge", _OPEN, None)
    add("accept", ("received", "needs_info", "routed", "returned", "reopened"), "accepted")
    add("assign", _OPEN, "routed")
    add("start", ("needs_info", "routed", "accepted", "reopened"), "in_progress")
    add("request_info", ("received", "routed", "accepted", "in_progress", "reopened"), "needs_info", reason=True)
    add("return", ("routed", "accepted"), "returned", reason=True)
    add("resolve", _OPEN, "resolved")
    add("close", ("resolved",), "closed")
    add("reopen", ("resolved", "closed", "rejected"), "reopened", reason=True)
    add("reject", ("received", "needs_info", "routed", "accepted", "returned", "reopened"), "rejected", reason=True)
    add("merge", _OPEN, "duplicate")
    add("split", _OPEN, None)
    add("not_related", _OPEN, None)
    add("reclassify", _OPEN, None, reason=True)
    add("comment", tuple(_CODES), None, reason=True)
    return rows


TRANSITIONS: Final[Mapping[tuple[Status, Action], Transition]] = _table()

UNPROMPTED: Final[Mapping[str, tuple[frozenset[Status | None], Status | None]]] = {
    "open": (frozenset({None}), "received"),
    "route": (frozenset({"received", *_OPEN}), "routed"),
    "last-resort": (frozenset({"returned"}), "routed"),
    "reopen-device": (FINISHED, "reopened"),
    "reopen-rating": (frozenset({"resolved", "closed"}), "reopened"),
    "clear-resolve": (frozenset(_OPEN), "resolved"),
    "surge-over": (frozenset(_OPEN), "resolved"),
    "flapping-over": (frozenset(_OPEN), "resolved"),
    "fuse-into": (frozenset({"received", "routed"}), "duplicate"),
    **{f"unmerge-{status}": (frozenset({"duplicate"}), status) for status in _OPEN},
    "gauges-over": (frozenset(_OPEN), "resolved"),
    "close-time": (frozenset({"resolved"}), "closed"),
    "close-room": (frozenset({"resolved"}), "closed"),
    "sla-breach": (frozenset(_OPEN), None),
    "unacknowledge-severity": (frozenset(_OPEN), None),
    "unacknowledge-area": (frozenset(_OPEN), None),
    "flag-no-evidence": (FINISHED, None),
    "evidence-given": (FINISHED, None),
}
"""What no operator's action does: rule id to the statuses before and the one after, none: it stays.

Each way of the routing tree has a rule id of its own that begins with ``route-``; here they are one row.
"""

RULES: Final[frozenset[str]] = frozenset({row.rule_id for row in TRANSITIONS.values()} | UNPROMPTED.keys())
"""Ids of all rows of both tables: what is counted."""


MAX_RETURNS: Final = 2
"""How often units may say that an incident is another's; the next one goes to the receiver of last resort, who keeps
it (domain rule of citizen report desks: at most twice, then the provincial centre)."""


def row(rule_id: str) -> str | None:
    """Id of the row that a step of a history went through; none if it is in neither table."""
    if rule_id in RULES:
        return rule_id
    return "route" if rule_id.startswith("route-") else None


def allowed(status: Status, *, acknowledged: bool, keeps: bool = False) -> tuple[Action, ...]:
    """Actions that an incident in this status takes, in the vocabulary's order.

    Args:
        status: Its status.
        acknowledged: Somebody has seen it as it is.
        keeps: Its unit cannot return it.

    """
    refused = {"acknowledge"} if acknowledged else set()
    if keeps:
        refused.add("return")
    return tuple(action for action in ACTIONS if (status, action) in TRANSITIONS and action not in refused)
