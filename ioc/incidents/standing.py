"""Where an incident stands, told from its record: what may be done with it, who is told next, what hides its alerts.

The owner decides; this is for those who only read what it writes and want to show a person, before they ask, what will
be allowed and what will happen if nobody does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, Protocol

from ioc.incidents.lifecycle import FINISHED, MAX_RETURNS, TRANSITIONS, allowed
from ioc.incidents.pager import TAKEN_UP
from ioc.incidents.routing import labels_of, source_of
from ioc.paging import LivePaging, Receiver, Subject
from ioc.paging.silence import Rule
from ioc.records import HistoryEntry, Incident, Silence
from ioc.routing.labels import Mode, Moment
from ioc.vocabulary import Action, Source

_AGAIN: Final = frozenset({"unacknowledge", "reopen"})
"""Steps after which an acknowledgement holds no more."""


_INSTRUMENTS: Final[frozenset[Source]] = frozenset({"sensors", "bts"})


class Resort(Protocol):
    """The routes, as far as they are asked."""

    @property
    def last_resort(self) -> str:
        """Code of the unit that takes what others have returned too often."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the province decides about it.

    Attributes:
        paging: Chains of escalation.
        routes: Name the receiver of last resort.
        zone: The province's.
        site_of: Site of a device of the register, if it has one.

    """

    paging: LivePaging
    routes: Resort
    zone: tzinfo
    site_of: Callable[[str], str | None]


class Choice(NamedTuple):
    """An action that the owner would take now, and whether it wants a reason."""

    action: Action
    reason: bool


class Witness(NamedTuple):
    """A machine that speaks of an incident, and the kind of what it says."""

    device: str
    kind: str


class Call(NamedTuple):
    """Calls to whoever should take an incident up.

    Attributes:
        by: When the first comes, had nobody taken it up: until then it is in time.
        next_at: When the next comes; none: there is no further one.
        to: Whom the next is for; empty: there is none.

    """

    by: datetime
    next_at: datetime | None
    to: Receiver | None


def choices(incident: Incident, last_resort: str | None) -> tuple[Choice, ...]:
    """What the owner would do with an incident now, whoever asks.

    Args:
        incident: Its current state.
        last_resort: Unit that keeps what it has; none where that is not known.

    """
    keeps = incident.returned_count > MAX_RETURNS or incident.unit == last_resort
    actions = allowed(incident.status, acknowledged=incident.acknowledged_at is not None, keeps=keeps)
    return tuple(Choice(action, TRANSITIONS[incident.status, action].reason) for action in actions)


def hiding(
    incident: Incident, silences: Iterable[Silence], rules: Rules, now: datetime, witnesses: Collection[Witness] = ()
) -> list[Silence]:
    """Silences and maintenance windows that hold an incident's alerts back now, ordered by id.

    Args:
        incident: Its current state.
        silences: All that are kept.
        rules: Of the province.
        now: Processing time.
        witnesses: Machines among its evidence: some silences are about devices.

    """
    kept = [*silences]
    subject = _subject(incident, mode(incident, kept, now), rules, witnesses)
    danger = incident.severity == "critical" and any(each.source == "reports" for each in incident.evidence)
    found = []
    for record in sorted(kept, key=lambda each: each.silence_id):
        if record.kind == "emergency":
            continue
        rule = Rule.of(record, rules.paging.now, rules.zone)
        # As the owner: what citizens say is critical is silenced only by what says so in words.
        if rule.covers(subject, incident.centre, now) and (rule.names_critical or not danger):
            found.append(record)
    return found


def emergencies(incident: Incident, silences: Iterable[Silence], now: datetime) -> list[Silence]:
    """Emergency modes that are in force now where an incident is, ordered by id."""
    found = (
        record
        for record in silences
        if record.kind == "emergency"
        and record.ended_at is None
        and record.starts_at <= now < record.ends_at
        and (incident.commune in record.communes if record.communes else incident.centre in record.centres)
    )
    return sorted(found, key=lambda each: each.silence_id)


def mode(incident: Incident, silences: Iterable[Silence], now: datetime) -> Mode:
    """Whether an emergency mode is in force where an incident is."""
    return "emergency" if emergencies(incident, silences, now) else "normal"


def call(
    incident: Incident, rules: Rules, now: datetime, *, mode: Mode = "normal", witnesses: Collection[Witness] = ()
) -> Call | None:
    """By when somebody should take an incident up, and who is told next if nobody does; none: nobody is waited for.

    It counts from when the incident became anybody's. A rise of severity to another chain, which only the owner knows
    of, may make its own time another.
    """
    since = None if spoken_for(incident) else waiting_since(incident)
    policy = rules.paging.now
    subject = _subject(incident, mode, rules, witnesses)
    chain = policy.chain_of(subject, Moment.of(now.astimezone(rules.zone))) if since is not None else None
    if since is None or chain is None:
        return None
    at, place = since, (0, 0)
    following: tuple[int, int] | None = place
    for step in incident.history:
        if step["action"] == "escalate" and step["at"] >= since and following is not None:
            at, following = step["at"], chain.after(*following)
    by = chain.due(0, since)
    if following is None:
        return Call(by, None, None)
    return Call(by, chain.due(following[0], at), chain.steps[following[0]].to)


def spoken_for(incident: Incident) -> bool:
    """Whether what it is listed under speaks for it: nobody is called for it then.

    What is critical speaks for itself, but for parts of outages and gauges among many: what instruments alone say.
    """
    if incident.parent is None or incident.status == "duplicate":
        return False
    return incident.severity != "critical" or {each.source for each in incident.evidence} <= _INSTRUMENTS


def waiting_since(incident: Incident) -> datetime | None:
    """Since when nobody has taken an incident up; none: somebody has, or nothing is left to do."""
    since: datetime | None = None
    acknowledged = False
    for step in incident.history:
        acknowledged = (acknowledged or step["action"] == "acknowledge") and step["action"] not in _AGAIN
        if acknowledged or step["to"] in FINISHED or step["to"] in TAKEN_UP:
            since = None
        elif since is None:
            since = step["at"]
    return None if incident.acknowledged_at is not None else since


def resolved_at(history: Iterable[HistoryEntry]) -> datetime | None:
    """When what was to be done was done last; none: it is not."""
    found: datetime | None = None
    for step in history:
        if step["to"] not in FINISHED:
            found = None
        elif found is None:
            found = step["at"]
    return found


def _subject(incident: Incident, mode: Mode, rules: Rules, witnesses: Collection[Witness]) -> Subject:
    labels = labels_of(incident, source_of(incident), mode)
    devices = frozenset(each.device for each in witnesses)
    sites = {site for device in devices if (site := rules.site_of(device)) is not None}
    return Subject(labels, devices, devices | sites, frozenset(each.kind for each in witnesses))
