"""What the owner of a province remembers of one incident, beyond what other programs read."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from ioc.incidents.correlation import Group
from ioc.incidents.lifecycle import FINISHED
from ioc.records import Incident, Signal, decode, encode
from ioc.vocabulary import Source

STATEFUL: Final[frozenset[Source]] = frozenset({"sensors", "bts", "gate"})
"""Sources whose conditions have an end: it is sent as a signal that clears."""

EXACT: Final = frozenset({"polygon", "nearest", "offshore", "catalogue"})
"""Ways of locating that rest on a position of the happening itself, not on a place's name."""

_CASE: Final = b"case/"
_MEMBER: Final = b"member/"


class Condition(NamedTuple):
    """One machine condition of an incident: who sends what, when it was last raised, whether it goes on."""

    key: str
    at: datetime
    on: bool


class Member(NamedTuple):
    """A signal that belongs to an incident; enough to answer its citizen and to know it again."""

    source: Source
    publisher: str
    event_id: str
    reporter: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """An incident with what correlating and timing it needs.

    Never changed in place: a change makes another case, so that taking it back is putting the old one back.

    Attributes:
        incident: What other programs read. Not to be changed either.
        group: Key of signals that may be the same happening.
        first_at: Event time of the earliest evidence, ``last_at`` of the latest.
        last_at: See ``first_at``.
        exact: The position is one of the happening itself.
        machine: All evidence is from sources whose conditions end.
        reports: How many citizens' reports are among the evidence.
        conditions: Machine conditions, those that ended too.
        finished_at: When it was resolved, closed or rejected; processing time.
        commands: Ids of its newest commands.

    """

    incident: Incident
    group: str
    first_at: datetime
    last_at: datetime
    exact: bool
    machine: bool
    reports: int
    conditions: tuple[Condition, ...] = ()
    finished_at: datetime | None = None
    commands: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return self.incident.status in FINISHED


def condition_key(signal: Signal) -> str | None:
    """Name of the condition that a machine's signal is about; none for people's reports."""
    return f"{signal.source}|{signal.device}|{signal.kind}" if signal.device else None


def group_key(group: Group, signal: Signal) -> str:
    """Index key of a signal's group."""
    return group.key(signal.subcategory)


def incident_id(province: str, signal: Signal, zone: tzinfo, attempt: int) -> str:
    """``<province>-<commune>-<local day of the event>-<6 base32>``; the same signal gives the same id.

    Args:
        province: Code.
        signal: The one that opens it.
        zone: The province's.
        attempt: 0; higher numbers give other ids, should one be taken.

    """
    tail = base64.b32encode(blake2b(f"{signal.signal_id}|{attempt}".encode(), digest_size=5).digest()).decode()[:6]
    return f"{province}-{signal.commune}-{signal.at.astimezone(zone):%Y%m%d}-{tail}"


def case_key(incident: str) -> bytes:
    """Key of a case in the state."""
    return _CASE + incident.encode()


def member_key(incident: str, signal: str) -> bytes:
    """Key of a member in the state."""
    return _MEMBER + incident.encode() + b"/" + signal.encode()


def encode_case(case: Case) -> bytes:
    """Write a case; equal cases give equal bytes."""
    return orjson.dumps(
        {
            "group": case.group,
            "first_at": case.first_at,
            "last_at": case.last_at,
            "exact": case.exact,
            "machine": case.machine,
            "reports": case.reports,
            "conditions": [tuple(condition) for condition in case.conditions],
            "finished_at": case.finished_at,
            "commands": case.commands,
            "incident": orjson.Fragment(encode(case.incident)),
        },
        option=orjson.OPT_UTC_Z,
    )


def decode_case(raw: bytes) -> Case:
    """Read :func:`encode_case`.

    Raises:
        ValueError: it is not a case.

    """
    data: dict[str, Any] = orjson.loads(raw)
    finished_at = data["finished_at"]
    return Case(
        incident=decode(Incident, orjson.dumps(data["incident"])),
        group=data["group"],
        first_at=datetime.fromisoformat(data["first_at"]),
        last_at=datetime.fromisoformat(data["last_at"]),
        exact=data["exact"],
        machine=data["machine"],
        reports=data["reports"],
        conditions=tuple(Condition(key, datetime.fromisoformat(at), on) for key, at, on in data["conditions"]),
        finished_at=datetime.fromisoformat(finished_at) if finished_at else None,
        commands=tuple(data["commands"]),
    )


def encode_member(member: Member) -> bytes:
    """Write a member."""
    return orjson.dumps(tuple(member), option=orjson.OPT_UTC_Z)


def decode_member(raw: bytes) -> Member:
    """Read :func:`encode_member`.

    Raises:
        ValueError: it is not a member.

    """
    source, publisher, event_id, reporter, at = orjson.loads(raw)
    return Member(source, publisher, event_id, reporter, datetime.fromisoformat(at))


def parse_key(key: bytes) -> tuple[str, str | None] | None:
    """Incident id, and signal id if it is a member's key; none for keys of others."""
    if key.startswith(_CASE):
        return key.removeprefix(_CASE).decode(), None
    if key.startswith(_MEMBER):
        incident, _, signal = key.removeprefix(_MEMBER).decode().partition("/")
        return incident, signal
    return None
