"""What people are in an operations centre, and what each of that may do: scopes, reach and actions.

Scopes are the contract of the HTTP interface; a role is a name for some of them, with how far they reach. Who has
several roles may do what any of them allows, as far as the widest of them reaches.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ioc.vocabulary import ACTIONS, SCOPES, Action, Scope

Role = Literal["operator", "duty_officer", "provincial_duty", "handling_unit", "auditor", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Reach = Literal["nothing", "unit", "centres", "province"]
"""Whose incidents: none, those of the own unit, those of named centres, all."""
_REACHES: Final[tuple[Reach, ...]] = get_args(Reach)

_DESK: Final[tuple[Scope, ...]] = ("reports:write", "reports:read", "incidents:read", "incidents:write")
_SUPERIORS: Final[frozenset[Action]] = frozenset({"reject", "reopen"})
"""A citizen is told "no", or that it was not done after all: an officer's word."""
_UNITS: Final[frozenset[Action]] = frozenset(
    {"acknowledge", "accept", "start", "request_info", "return", "resolve", "comment"}
)
_ALL: Final = frozenset(ACTIONS)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one role allows."""

    scopes: tuple[Scope, ...]
    reach: Reach
    actions: frozenset[Action]


GRANTS: Final[dict[Role, Grant]] = {
    "operator": Grant(_DESK, "centres", _ALL - _SUPERIORS),
    "duty_officer": Grant(_DESK, "centres", _ALL),
    "provincial_duty": Grant(_DESK, "province", _ALL),
    "handling_unit": Grant(("incidents:read", "incidents:write"), "unit", _UNITS),
    "auditor": Grant(("audit:read",), "nothing", frozenset()),
    "admin": Grant(("admin",), "province", _ALL),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do.

    Attributes:
        scopes: Of the HTTP interface, in the order of ``SCOPES``.
        centres: Whose incidents; empty: every centre's.
        unit: Only incidents of this unit; empty: of every unit.
        actions: On incidents.

    """

    scopes: tuple[Scope, ...]
    centres: tuple[str, ...]
    unit: str
    actions: frozenset[Action]


def rights(roles: Collection[Role], centres: Collection[str] = (), unit: str = "") -> Rights:
    """What the roles allow somebody of these centres and this unit.

    Raises:
        ValueError: there is no role, or one of them needs a centre or a unit; the message is one sentence.

    """
    if not roles:
        raise ValueError(f"say what they are: one or more of {', '.join(ROLES)}")
    grants = [GRANTS[role] for role in roles]
    reach = max((grant.reach for grant in grants), key=_REACHES.index)
    needed = {grant.reach for grant in grants}
    if "centres" in needed and reach != "province" and not centres:
        raise ValueError("an operator or duty officer is one of a centre: name it, or several")
    if "unit" in needed and not unit:
        raise ValueError("who belongs to a handling unit needs that unit's code")
    scopes = {scope for grant in grants for scope in grant.scopes}
    return Rights(
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        centres=() if reach == "province" else tuple(sorted(set(centres))),
        unit=unit if reach == "unit" else "",
        actions=frozenset[Action]().union(*(grant.actions for grant in grants)),
    )
