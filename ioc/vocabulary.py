"""The closed sets of codes that every part shares; each is a contract with other programs."""

from __future__ import annotations

from typing import Final, Literal, get_args

Source = Literal["reports", "sensors", "cameras", "bts", "gate", "security"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)

Category = Literal[
    "traffic",
    "urban_infrastructure",
    "environment",
    "security",
    "fire_rescue",
    "disaster",
    "power_water",
    "telecom",
    "urban_order",
    "health_food",
    "tourism",
    "public_service",
    "other",
]
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)

Severity = Literal["critical", "high", "normal", "low"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the gravest to the slightest: a smaller index is graver."""

SEVERITY_RANK: Final[dict[str, int]] = {severity: rank for rank, severity in enumerate(SEVERITIES)}

Status = Literal[
    "received",
    "needs_info",
    "routed",
    "accepted",
    "in_progress",
    "resolved",
    "closed",
    "returned",
    "reopened",
    "rejected",
    "duplicate",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

Action = Literal[
    "acknowledge",
    "accept",
    "assign",
    "start",
    "request_info",
    "return",
    "resolve",
    "close",
    "reopen",
    "reject",
    "merge",
    "split",
    "not_related",
    "reclassify",
    "comment",
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

SilenceAction = Literal["silence", "unsilence", "emergency", "end_emergency"]
SILENCE_ACTIONS: Final[tuple[SilenceAction, ...]] = get_args(SilenceAction)
"""What operators do that is about no incident: the command's ``incident_id`` is the silence's or mode's id."""

Pause = Literal["waiting_citizen"]
PAUSES: Final[dict[Status, Pause]] = {"needs_info": "waiting_citizen"}
"""Why the time for handling may stand still, by the status in which it does; there is no other reason."""

Flag = Literal["no_evidence"]
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)
"""What is wrong with an incident without stopping anybody: resolved or closed with nothing to show that it was done."""

Rating = Literal["satisfied", "neutral", "unsatisfied"]
RATINGS: Final[tuple[Rating, ...]] = get_args(Rating)
"""What a citizen may say of what was done about a report."""

AlertReason = Literal["opened", "updated", "worsened", "escalated", "sla_breached", "resolved"]
ALERT_REASONS: Final[tuple[AlertReason, ...]] = get_args(AlertReason)

Outcome = Literal["signal", "quiet", "duplicate", "rejected"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""What became of one consumed event; their sum is the number of events consumed."""

Scope = Literal[
    "reports:write",
    "reports:read",
    "telemetry:write",
    "security:write",
    "incidents:read",
    "incidents:write",
    "audit:read",
    "admin",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

WRITE_SCOPE: Final[dict[str, Scope]] = {
    "reports": "reports:write",
    "sensors": "telemetry:write",
    "cameras": "telemetry:write",
    "bts": "telemetry:write",
    "gate": "telemetry:write",
    "security": "security:write",
}

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

PROVINCE_CENTRE: Final = "province"
"""Centre of last resort: nothing is unrouted."""

UNLOCATED_COMMUNE: Final = "00000"
