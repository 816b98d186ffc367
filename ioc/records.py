"""What the worker writes to its topics: one dataclass per topic's value, their JSON and its reading.

Other programs read these: fields may be added, none goes away. Times are aware and written in UTC; ``lat`` and
``lon`` are WGS 84 degrees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final, Literal, TypeVar

import orjson
from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic reads the one of the library only from Python 3.12 on

from ioc.vocabulary import Action, AlertReason, Category, Flag, Pause, Rating, Severity, SilenceAction, Source, Status

_T = TypeVar("_T")


@dataclass(slots=True)
class FieldError:
    """One thing wrong with an event.

    Attributes:
        pointer: JSON pointer (RFC 6901) of the bad field; empty for the whole document.
        code: Closed set of short codes, e.g. ``missing``, ``out_of_range``, ``naive_time``, ``future``.
        message: What was expected; never the value that was sent.

    """

    pointer: str
    code: str
    message: str


@dataclass(slots=True)
class Deadline:
    """Something that has to be done by a time that is not the target for handling, such as a report to an authority.

    Attributes:
        name: Code of what has to be done; an incident has each name once.
        due_at: By when.
        done_at: When an operator said that it was done.
        source: The act that says so.
        title: What has to be done, for people, Vietnamese.
        missed: It was not done in time, and operators were alerted to that.

    """

    name: str
    due_at: datetime
    done_at: datetime | None = None
    source: str = ""
    title: str = ""
    missed: bool = False


@dataclass(slots=True)
class Signal:
    """Something that may need action (``ioc.signals``); ``signal_id`` depends on nothing but the event."""

    signal_id: str
    source: Source
    event_id: str
    kind: str
    category: Category
    subcategory: str
    severity: Severity
    confidence: float
    at: datetime
    commune: str
    centre: str
    lat: float | None
    lon: float | None
    located_by: Literal["polygon", "nearest", "offshore", "catalogue", "text", "none"]
    location_confidence: float
    title: str
    text: str
    evidence: dict[str, Any]
    rule_id: str
    versions: dict[str, str]
    accepted_at: datetime
    """When Kafka had the event: alert latency counts from here."""
    publisher: str = ""
    """Source (URI) of the event's identity; with ``event_id`` it names the event."""
    reporter: str | None = None
    """Keyed pseudonym of the reporting citizen, never a name."""
    clears: bool = False
    """The condition ended: resolves what the same ``kind`` and device opened."""
    device: str | None = None
    resolves: bool | None = None
    """Whether the end of the condition ends the incident; none: as is usual for the source."""
    deadlines: list[Deadline] = field(default_factory=list)
    """Duties that begin with it."""
    eases: bool = False
    """The condition goes on, but less grave: news for the incident of the same ``kind`` and device, never an alarm."""
    part_of: str | None = None
    """Machine condition (source, device and kind, ``|`` between) of a greater happening that this is a part of: its
    incident is listed under that one's, which speaks for it."""
    gathers: list[str] | None = None
    """Given by what gathers others: ids of signals whose incidents are listed under the one that this opens."""


@dataclass(slots=True)
class Heard:
    """A device that spoke, through whom, and the time of what it said."""

    device: str
    publisher: str
    at: datetime
    state: Literal["maintenance"] | None = None
    """What it says of itself that explains a silence; none: nothing of the kind."""


@dataclass(slots=True)
class QualityRow:
    """Counts of one class and window that are added to those told before; their order is that of ``Sums``."""

    window: int
    """Its start, divided by its length."""
    kind: str
    """Class of device; empty for what the register does not have."""
    sums: list[int]


@dataclass(slots=True)
class CoverageCount:
    """Samples of one cell, operator and technology within the days that count, as one partition has them."""

    cell: str
    """H3 index, hexadecimal."""
    operator: str
    technology: str
    samples: list[int]
    """All, those that reach the level of a gap, those that reach the level of good coverage."""


@dataclass(slots=True)
class CoverageBunch:
    """All cells of a partition whose names fall into one of 64 buckets; in the place of what was told of it before."""

    bucket: int
    rows: list[CoverageCount]


@dataclass(slots=True)
class StateRow:
    """How something is now: told when it changes, and again every few hours, in the place of what was told before."""

    of: Literal["air", "site", "gate", "device"]
    """A station's air, a base station, one direction of a gate; or a device of the register, as its owner sees it."""
    device: str
    part: str
    """Of a base station ``operator|technology``, of a gate the direction, of a device its source; else empty."""
    state: str
    """Level of the index, state of a site, severity of a gate's levels or ``calm``, state of a device; empty: no
    longer known."""
    figures: dict[str, float] = field(default_factory=dict)
    """By name, the unit in it; ``fill/`` and a yard, ``wait_p90_s/`` and a class of goods."""
    lat: float | None = None
    """Where its own records say that it is, with ``lon``; none: where the register has it."""
    lon: float | None = None


@dataclass(slots=True)
class Health:
    """What one partition of a source tells the province's owner of its devices (``ioc.health``)."""

    source: Source
    partition: int
    at: datetime
    """When the partition wrote it."""
    heard: list[Heard] = field(default_factory=list)
    quality: list[QualityRow] = field(default_factory=list)
    coverage: list[CoverageBunch] = field(default_factory=list)
    states: list[StateRow] = field(default_factory=list)
    part: int = 0
    """One partition may write several at once."""
    read_to: datetime | None = None
    """When Kafka accepted the newest record that was read since the summary before; none: there was none to read."""


@dataclass(slots=True)
class Evidence:
    """One signal that belongs to an incident, and why it was joined."""

    signal_id: str
    source: Source
    event_id: str
    at: datetime
    rule_id: str
    score: float
    publisher: str = ""


HistoryEntry = TypedDict(
    "HistoryEntry",
    {
        "at": datetime,
        "by": str,
        "action": str,
        "from": Status | None,
        "to": Status,
        "rule_id": str,
        "reason": str,
    },
)
"""One step of an incident's life. A mapping, because ``from`` is a word of the language."""


UnitClock = TypedDict(
    "UnitClock",
    {
        "unit": str,
        "from": datetime,
        "to": datetime | None,
        "seconds": float,
        "paused_s": float,
    },
)
"""How long one unit had an incident; ``seconds`` with ``paused_s`` of them paused, both told once it has it no more.

A mapping, because ``from`` is a word of the language. What was returned and not assigned yet is no unit's time.
"""


class Clock(TypedDict):
    """The time for handling, as of a version of an incident; it stands once nothing is left to do.

    Attributes:
        raw_s: Seconds since the incident was opened, every one counted.
        paused_s: How many of them the time stood still.
        paused_at: Since when it stands still now.
        pause: Why it does.

    """

    raw_s: float
    paused_s: float
    paused_at: datetime | None
    pause: Pause | None


def _new_clock() -> Clock:
    return {"raw_s": 0.0, "paused_s": 0.0, "paused_at": None, "pause": None}


@dataclass(slots=True)
class Similar:
    """Another incident that may be the same happening: a suggestion to merge, for an operator to decide."""

    incident_id: str
    score: float


@dataclass(slots=True)
class Incident:
    """Whole current state of an incident (``ioc.incidents``)."""

    incident_id: str
    province: str
    commune: str
    centre: str
    centre_also: str | None
    unit: str
    category: Category
    also: list[str]
    subcategory: str
    severity: Severity
    status: Status
    title: str
    opened_at: datetime
    updated_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    due_at: datetime | None
    overdue: bool
    lat: float | None
    lon: float | None
    evidence: list[Evidence]
    evidence_count: int
    reporters: int
    parent: str | None
    children_count: int
    previous_incident: str | None
    version: int
    history: list[HistoryEntry]
    ratings: dict[Rating, int] = field(default_factory=dict)
    """How many reporters are how satisfied with what was done."""
    similar: list[Similar] = field(default_factory=list)
    """What was at hand when it was opened and may be the same, the likeliest first; empty once an operator has said."""
    deadlines: list[Deadline] = field(default_factory=list)
    """Duties beside the target for handling, the earliest first; they go on after it is resolved."""
    informed: list[str] = field(default_factory=list)
    """Units that are told of it beside the one in charge."""
    text: str = ""
    """What an incident that gathers others says of them all, as of its last news; empty for every other one."""
    communes_also: list[str] = field(default_factory=list)
    """Further communes that evidence came from, in the order in which it did."""
    clock: Clock = field(default_factory=_new_clock)
    unit_clocks: list[UnitClock] = field(default_factory=list)
    """Which units had it for how long, the present one last."""
    returned_count: int = 0
    """How often a unit has said that it is another's."""
    proof: list[str] = field(default_factory=list)
    """Links to photos, or ids of attachments, that show what was done."""
    flags: list[Flag] = field(default_factory=list)
    confidence: float | None = None
    """How surely it is one real happening, from 0 to 1, by its independent sources; none for what gathers others."""
    flapping: bool = False
    """Its condition comes and goes: it stays open until that has been quiet."""
    flaps: int = 0
    """How often its condition has come back."""


@dataclass(slots=True)
class Alert:
    """What an operator sees (``ioc.alerts.<centre>``)."""

    alert_id: str
    incident_id: str
    reason: AlertReason
    at: datetime
    centre: str
    severity: Severity
    category: Category
    subcategory: str
    status: Status
    commune: str
    lat: float | None
    lon: float | None
    title: str
    text: str
    sources: list[Source]
    evidence_count: int
    version: int
    similar: list[Similar] = field(default_factory=list)
    """As in :class:`Incident`."""
    deadlines: list[Deadline] = field(default_factory=list)
    """As in :class:`Incident`."""
    to: str = ""
    """Whom an escalation is for: ``unit``, ``duty``, ``centre`` or ``province``; empty for every other reason."""
    grouped: int = 0
    """How much it tells beside its own news: updates that waited for it, or incidents that escalate with it."""
    mode: Literal["normal", "emergency"] = "normal"
    """Whether an emergency mode was in force there."""
    unit: str = ""
    """In charge; empty where an alert is about no incident."""


class SilenceWindow(TypedDict):
    """A recurring local time of a silence: days of the week (``mon`` to ``sun``), from and to as ``22:00``."""

    days: list[str]
    start: str
    end: str


@dataclass(slots=True)
class Silence:
    """Whole current state of a silence, a maintenance window or an emergency mode (``ioc.silences``)."""

    silence_id: str
    kind: Literal["silence", "maintenance", "emergency"]
    owner: str
    """Who answers for it."""
    reason: str
    centres: list[str]
    """Whose incidents it is about."""
    communes: list[str]
    """Of an emergency mode: where it is in force; empty: in all of its centres."""
    matchers: list[str]
    """All have to be fulfilled; of an emergency mode there are none."""
    windows: list[SilenceWindow]
    """Local times in which it holds; empty: always."""
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    """When it was over: its time had come, or somebody ended it."""
    ended_by: str | None = None
    hidden: dict[str, int] = field(default_factory=dict)
    """How many alerts it held back, by centre."""
    told_at: datetime | None = None
    """When centres were last told of that."""
    commands: list[str] = field(default_factory=list)
    """Ids of the commands that made it what it is."""
    version: int = 1


@dataclass(slots=True)
class Receipt:
    """Answer to a publisher (``ioc.receipts``)."""

    source: str
    id: str
    result: Literal["accepted", "duplicate_of", "rejected"]
    duplicate_of: str | None
    errors: list[FieldError]
    at: datetime


@dataclass(slots=True)
class Feedback:
    """Answer to a citizen (``ioc.feedback``); never a word of personal data."""

    source: str
    report_id: str
    status: Status
    text: dict[Literal["vi", "en"], str]
    unit: str
    expected_at: datetime | None
    incident_id: str | None
    merged_count: int
    at: datetime
    category: Category | None = None
    """What we understood, in the first answer."""
    commune: str | None = None
    """Name of the commune that we understood, in the first answer."""
    rating: Rating | None = None
    """What this citizen said of what was done."""
    evidence: list[str] = field(default_factory=list)
    """Links to photos of what was done."""


@dataclass(slots=True)
class Command:
    """An operator's command, or a citizen's rating (``ioc.commands``)."""

    command_id: str
    incident_id: str
    action: Action | Literal["rate"] | SilenceAction
    by: str
    at: datetime
    reason: str = ""
    expected_version: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Decision:
    """Why something was decided (``ioc.decisions``)."""

    decision_id: str
    incident_id: str | None
    event_id: str | None
    at: datetime
    kind: str
    rule_id: str
    inputs: dict[str, Any]
    outcome: str
    versions: dict[str, str]


@cache
def _values(cls: Any) -> Callable[[object], tuple[Any, ...]]:
    return attrgetter(*(each.name for each in fields(cls)))


def copied(record: _T) -> _T:
    """Return a copy to be changed before anybody else sees it; sharing lists and dicts. Faster than ``replace``."""
    cls: Any = type(record)
    made: _T = cls(*_values(cls)(record))
    return made


def encode(record: object) -> bytes:
    """JSON of a record, times in UTC with ``Z``."""
    return orjson.dumps(record, option=orjson.OPT_UTC_Z)


_ADAPTERS: Final[dict[type, TypeAdapter[Any]]] = {
    cls: TypeAdapter(cls) for cls in (Signal, Health, Incident, Alert, Silence, Receipt, Feedback, Command, Decision)
}


def decode(cls: type[_T], raw: bytes) -> _T:
    """Read a record's JSON.

    Raises:
        pydantic.ValidationError: it is not JSON, or not this record.

    """
    record: _T = _ADAPTERS[cls].validate_json(raw)
    return record
