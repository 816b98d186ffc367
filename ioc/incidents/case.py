"""What the owner of a province remembers of one incident, beyond what other programs read."""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

import orjson

from ioc.incidents.correlation import Group
from ioc.incidents.lifecycle import FINISHED
from ioc.incidents.similarity import is_sketch
from ioc.records import Incident, Signal, decode, encode
from ioc.synthetic import is_synthetic
from ioc.vocabulary import AlertReason, Category, Rating, Severity, Source

Gathers = Literal["", "outage", "surge", "gauges", "cause"]
"""An outage gathers what was lost with it, a surge whatever comes in one centre when too much comes, and one of gauges
those of a centre that are critical at the same time; a cause is an incident like any other, under which others are."""

SURGES: Final[frozenset[Gathers]] = frozenset({"surge", "gauges"})
"""What begins with too much and ends by itself; an outage begins and ends with signals of its own."""

STATEFUL: Final[frozenset[Source]] = frozenset({"sensors", "bts", "gate"})
"""Sources whose conditions have an end, sent as a signal that clears; a signal may say otherwise of its own."""

EXACT: Final = frozenset({"polygon", "nearest", "offshore", "catalogue"})
"""Ways of locating that rest on a position of the happening itself, not on a place's name."""

MAX_SKETCHES: Final = 4
"""Texts of an incident that others are compared with; further ones say the same."""
MAX_PHOTOS: Final = 16
_MAX_TEXT: Final = 1000
"""Characters of a report that are kept to learn from, should it be classified anew."""

_MADE: Final = "~synthetic"
"""Ends the keys of groups of what a simulator has made."""
_CASE: Final = b"case/"
_MEMBER: Final = b"member/"
_VERDICT: Final = b"verdict/"


class Condition(NamedTuple):
    """One machine condition of an incident: who sends what, when it was last raised, whether it goes on."""

    key: str
    at: datetime
    on: bool


class Member(NamedTuple):
    """A signal that belongs to an incident: enough to answer its citizen, to know it again, to open another with it.

    Attributes:
        condition: Machine condition that it is about.
        sketch: Of a report's text, see :mod:`ioc.incidents.similarity`.
        photos: Ids of a report's photos.
        text: Redacted text of a report, cut; machines' is not kept.
        versions: Of what classified a report.
        rating: What its citizen thinks of what was done.
        resolves: As the signal says.

    """

    source: Source
    publisher: str
    event_id: str
    reporter: str | None
    at: datetime
    category: Category
    subcategory: str
    severity: Severity
    commune: str
    centre: str
    lat: float | None
    lon: float | None
    located_by: str
    title: str
    condition: str | None
    sketch: str
    photos: tuple[str, ...]
    text: str
    versions: dict[str, str]
    rating: Rating | None = None
    resolves: bool | None = None

    @property
    def stateful(self) -> bool:
        """The end of its condition ends its incident."""
        return is_stateful(self)

    @property
    def exact(self) -> bool:
        """The position is one of the happening itself."""
        return self.located_by in EXACT and self.lat is not None and self.lon is not None


class Traits(NamedTuple):
    """What a report is compared by, beside place and time."""

    sketch: str
    photos: tuple[str, ...]


class Wait(NamedTuple):
    """A time in which an incident waited, and the time for handling stood still; processing time."""

    since: datetime
    until: datetime


class Verdict(NamedTuple):
    """An operator's word that two incidents are not the same."""

    by: str
    at: datetime


class Grouped(NamedTuple):
    """News of an incident that nobody was told of yet.

    Attributes:
        number: How many they are.
        since: When the first of them came; processing time.
        reason: The gravest of what they would have been told as.
        texts: Words of the newest, the oldest first.

    """

    number: int
    since: datetime
    reason: AlertReason
    texts: tuple[str, ...]


class Page(NamedTuple):
    """Where an incident stands in its chain of escalation.

    Attributes:
        chain: Its id.
        step: The step that comes next.
        turn: How often the chain has begun again.
        at: When that step comes.
        since: When the chain began.

    """

    chain: str
    step: int
    turn: int
    at: datetime
    since: datetime


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
        machine: All evidence is of conditions whose end ends the incident.
        reports: How many citizens' reports are among the evidence.
        conditions: Machine conditions, those that ended too.
        finished_at: When it was resolved, closed or rejected; processing time.
        commands: Ids of its newest commands.
        sketches: Of the texts of its first reports.
        photos: Ids of its reports' photos.
        paused_at: Since when it waits for information; the time for handling stands still.
        waits: When it has waited before, the oldest first.
        begun_at: Since when the time for handling counts, if it was reopened after that had passed; else since it was
            opened.
        resolved_at: When it was resolved last.
        rating_reopened: An unsatisfied reporter has reopened it: that happens once.
        silent: No alert has told of it: what it belongs to speaks for it.
        part_of: Machine condition of the outage that it belongs to, which may not have an incident yet.
        gathers: What it is if other incidents are listed under it; empty for every other one.
        told: How many were listed under it when it was last told of, and when; processing time.
        told_at: See ``told``.
        grown_at: When one was last listed under it; processing time.
        changes: Event times of its condition's last ends and returns, the oldest first.
        changed_at: When the last of them was heard of; processing time.
        moved: Signals that a merge moved from it, so that this can be taken back.
        said_at: When an alert last said ``updated`` of it; processing time.
        told_over: The last alert said that it is over.
        grouped: News that waits to be told.
        held_by: Id of the silence that holds its alerts back.
        held_until: When that is to be looked at again.
        page: Its place in its chain of escalation; kept by what stores the case.

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
    sketches: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    paused_at: datetime | None = None
    waits: tuple[Wait, ...] = ()
    resolved_at: datetime | None = None
    rating_reopened: bool = False
    silent: bool = False
    part_of: str | None = None
    gathers: Gathers = ""
    told: int = 0
    told_at: datetime | None = None
    grown_at: datetime | None = None
    said_at: datetime | None = None
    told_over: bool = False
    grouped: Grouped | None = None
    held_by: str = ""
    held_until: datetime | None = None
    page: Page | None = None
    begun_at: datetime | None = None
    changes: tuple[datetime, ...] = ()
    changed_at: datetime | None = None
    moved: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Nothing is left to do."""
        return self.incident.status in FINISHED

    def holding(self, incident: Incident) -> Case:
        """The case with another version of its incident; as ``replace`` would make it, in half the time."""
        return Case(incident, *_REST(self))


_REST: Final[attrgetter[tuple[Any, ...]]] = attrgetter(*(each.name for each in fields(Case)[1:]))


def is_stateful(one: Signal | Member) -> bool:
    """Whether the end of its condition ends the incident."""
    return one.source in STATEFUL if one.resolves is None else one.resolves


def is_urgent(case: Case) -> bool:
    """Whether a case speaks for itself whatever it is listed under; for a part of an outage the outage speaks."""
    return case.incident.severity == "critical" and not (case.machine and case.part_of is not None)


def condition_key(signal: Signal) -> str | None:
    """Name of the condition that a machine's signal is about; none for people's reports."""
    return f"{signal.source}|{signal.device}|{signal.kind}" if signal.device else None


def group_key(group: Group, signal: Signal) -> str:
    """Index key of a signal's group."""
    return kept_apart(group.key(signal.subcategory), made=is_synthetic(signal))


def kept_apart(key: str, *, made: bool) -> str:
    """A group's key; what a simulator has made has groups of its own."""
    return key + _MADE if made else key


def is_made(group: str) -> bool:
    """Whether a group's key is one of what a simulator has made."""
    return group.endswith(_MADE)


def traits(signal: Signal) -> Traits:
    """What intake found to compare a report by; what is none of it is ignored."""
    text, photos = signal.evidence.get("sketch"), signal.evidence.get("photo_ids")
    return Traits(
        text if isinstance(text, str) and is_sketch(text) else "",
        tuple(photo for photo in photos if isinstance(photo, str))[:MAX_PHOTOS] if isinstance(photos, list) else (),
    )


def member_of(signal: Signal) -> Member:
    """What is remembered of a signal."""
    report = signal.source == "reports"
    sketch, photos = traits(signal)
    return Member(
        signal.source, signal.publisher, signal.event_id, signal.reporter, signal.at, signal.category,
        signal.subcategory, signal.severity, signal.commune, signal.centre, signal.lat, signal.lon, signal.located_by,
        signal.title, condition_key(signal), sketch, photos, signal.text[:_MAX_TEXT] if report else "",
        signal.versions if report else {}, None, signal.resolves,
    )  # fmt: skip


def incident_id(province: str, origin: str, member: Member, zone: tzinfo, attempt: int) -> str:
    """``<province>-<commune>-<local day of the event>-<6 base32>``; the same origin gives the same id.

    Args:
        province: Code.
        origin: What opens it: the id of a signal, or what names a split or a surge.
        member: The first that belongs to it.
        zone: The province's.
        attempt: 0; higher numbers give other ids, should one be taken.

    """
    tail = base64.b32encode(blake2b(f"{origin}|{attempt}".encode(), digest_size=5).digest()).decode()[:6]
    day = member.at.astimezone(zone)
    return f"{province}-{member.commune}-{day.year:04}{day.month:02}{day.day:02}-{tail}"


def with_sketch(known: tuple[str, ...], new: str) -> tuple[str, ...]:
    """Texts to compare with, and one more where there is room; the same tuple where nothing changes."""
    return (*known, new) if new and new not in known and len(known) < MAX_SKETCHES else known


def with_photos(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Photos of an incident with those of one more report; the same tuple where nothing changes."""
    return (*known, *more)[:MAX_PHOTOS] if (more := [photo for photo in new if photo not in known]) else known


def case_key(incident: str) -> bytes:
    """Key of a case in the state."""
    return _CASE + incident.encode()


def member_key(incident: str, signal: str) -> bytes:
    """Key of a member in the state."""
    return _MEMBER + incident.encode() + b"/" + signal.encode()


def verdict_key(one: str, other: str) -> bytes:
    """Key of the verdict about two incidents in the state, whichever comes first."""
    return _VERDICT + "/".join(sorted((one, other))).encode()


def encode_case(case: Case) -> bytes:
    """Write a case; equal cases give equal bytes."""
    family: dict[str, Any] = {}
    if case.silent or case.gathers or case.part_of is not None:  # few are: the others' state stays short
        family = {
            "silent": case.silent, "part_of": case.part_of, "gathers": case.gathers, "told": case.told,
            "told_at": case.told_at, "grown_at": case.grown_at,
        }  # fmt: skip
    clocks: dict[str, Any] = {}
    if case.waits:
        clocks["waits"] = [tuple(wait) for wait in case.waits]
    if case.begun_at is not None:
        clocks["begun_at"] = case.begun_at
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
            "sketches": case.sketches,
            "photos": case.photos,
            "paused_at": case.paused_at,
            "resolved_at": case.resolved_at,
            "rating_reopened": case.rating_reopened,
            "incident": orjson.Fragment(encode(case.incident)),
            **family,
            **_paging(case),
            **clocks,
            **_course(case),
        },
        option=orjson.OPT_UTC_Z,
    )


def decode_case(raw: bytes) -> Case:
    """Read :func:`encode_case`.

    Raises:
        ValueError: it is not a case.

    """
    data: dict[str, Any] = orjson.loads(raw)
    return Case(
        incident=decode(Incident, orjson.dumps(data["incident"])),
        group=data["group"],
        first_at=datetime.fromisoformat(data["first_at"]),
        last_at=datetime.fromisoformat(data["last_at"]),
        exact=data["exact"],
        machine=data["machine"],
        reports=data["reports"],
        conditions=tuple(Condition(key, datetime.fromisoformat(at), on) for key, at, on in data["conditions"]),
        finished_at=_instant(data["finished_at"]),
        commands=tuple(data["commands"]),
        sketches=tuple(data["sketches"]),
        photos=tuple(data["photos"]),
        paused_at=_instant(data["paused_at"]),
        waits=_waits(data),
        resolved_at=_instant(data["resolved_at"]),
        rating_reopened=data["rating_reopened"],
        silent=data.get("silent", False),
        part_of=data.get("part_of"),
        gathers=data.get("gathers", ""),
        told=data.get("told", 0),
        told_at=_instant(data.get("told_at")),
        grown_at=_instant(data.get("grown_at")),
        begun_at=_instant(data.get("begun_at")),
        changes=tuple(map(datetime.fromisoformat, data.get("changes", ()))),
        changed_at=_instant(data.get("changed_at")),
        moved=tuple(data.get("moved", ())),
        said_at=_instant(data.get("said_at")),
        told_over=data.get("told_over", False),
        grouped=_grouped(data.get("grouped")),
        held_by=data.get("held_by", ""),
        held_until=_instant(data.get("held_until")),
        page=_page(data.get("page")),
    )


def _course(case: Case) -> dict[str, Any]:
    """What few cases have: a condition that came and went, signals that a merge has moved."""
    entries: dict[str, Any] = {}
    if case.changes:
        entries |= {"changes": case.changes, "changed_at": case.changed_at}
    if case.moved:
        entries["moved"] = case.moved
    return entries


def _waits(data: dict[str, Any]) -> tuple[Wait, ...]:
    if waited_s := data.get("waited_s"):
        # States of before say only how long: as if it had been in the beginning.
        first = datetime.fromisoformat(data["incident"]["opened_at"])
        return (Wait(first, first + timedelta(seconds=waited_s)),)
    return tuple(
        Wait(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in data.get("waits", ())
    )


def _paging(case: Case) -> dict[str, Any]:
    """What there is of it: most cases have nothing grouped or held."""
    entries: dict[str, Any] = {}
    if case.said_at is not None:
        entries["said_at"] = case.said_at
    if case.told_over:
        entries["told_over"] = True
    if case.grouped is not None:
        entries["grouped"] = tuple(case.grouped)
    if case.held_by:
        entries |= {"held_by": case.held_by, "held_until": case.held_until}
    if case.page is not None:
        entries["page"] = tuple(case.page)
    return entries


def _grouped(data: list[Any] | None) -> Grouped | None:
    if data is None:
        return None
    number, since, reason, texts = data
    return Grouped(number, datetime.fromisoformat(since), reason, tuple(texts))


def _page(data: list[Any] | None) -> Page | None:
    if data is None:
        return None
    chain, step, turn, at, since = data
    return Page(chain, step, turn, datetime.fromisoformat(at), datetime.fromisoformat(since))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def encode_member(member: Member) -> bytes:
    """Write a member."""
    return orjson.dumps(tuple(member), option=orjson.OPT_UTC_Z)


def decode_member(raw: bytes) -> Member:
    """Read :func:`encode_member`.

    Raises:
        ValueError: it is not a member.

    """
    member = Member(*orjson.loads(raw))
    return member._replace(at=datetime.fromisoformat(str(member.at)), photos=tuple(member.photos))


def encode_verdict(verdict: Verdict) -> bytes:
    """Write a verdict."""
    return orjson.dumps(tuple(verdict), option=orjson.OPT_UTC_Z)


def decode_verdict(raw: bytes) -> Verdict:
    """Read :func:`encode_verdict`.

    Raises:
        ValueError: it is not a verdict.

    """
    by, at = orjson.loads(raw)
    return Verdict(by, datetime.fromisoformat(at))


def parse_key(key: bytes) -> tuple[Literal["case", "member", "verdict"], str, str] | None:
    """Kind of an entry, its incident, and the signal or the other incident; none for keys of others."""
    if key.startswith(_CASE):
        return "case", key.removeprefix(_CASE).decode(), ""
    if key.startswith(_MEMBER):
        incident, _, signal = key.removeprefix(_MEMBER).decode().partition("/")
        return "member", incident, signal
    if key.startswith(_VERDICT):
        one, _, other = key.removeprefix(_VERDICT).decode().partition("/")
        return "verdict", one, other
    return None
