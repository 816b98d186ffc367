"""Events of the security operations centre: which of them an operator must see, and what the law then asks for."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple, Protocol, cast

import orjson

from ioc.detect.model import QUIET, Evaluation, Finding, Obligation, State, micros
from ioc.events.fields import joined, parted
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Category, Severity

Tags = Callable[[str], frozenset[str]]
"""From an asset's id to its tags in the register of devices; empty where nobody has said."""

_CATEGORY: Final[Category] = "security"
_SUBCATEGORY: Final = "cyber"
_SECOND: Final = 1_000_000
"""Microseconds."""
_FORGOTTEN_US: Final = 72 * 3600 * _SECOND
_MOST_COUNTED: Final = 500
"""Events that a rule may wait for: so many times are kept of an asset and kind."""
_ATTACK: Final = re.compile(r"T\d{4}(?:\.\d{3})?")


class SecurityEvent(Protocol):
    """What is read of a SOC event."""

    @property
    def asset_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def technique(self) -> str | None: ...
    @property
    def count(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Duty:
    """What has to be reported once something is serious.

    Attributes:
        name: Its code.
        within: From the event on.
        least: Least severity, importance counted in, that it begins with.
        kinds: Of events; empty: any.
        text: What to do, Vietnamese.
        source: The act.

    """

    name: str
    within: timedelta
    least: Severity
    kinds: frozenset[str]
    text: str
    source: str

    def begins(self, kind: str, severity: Severity) -> bool:
        """Whether an event starts its clock."""
        return SEVERITY_RANK[severity] <= SEVERITY_RANK[self.least] and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Failures that are nothing one by one: ``count`` of one kind on one asset within ``window_us`` microseconds."""

    kind: str
    count: int
    window_us: int
    severity: Severity
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class SecurityRules:
    """How a publisher's word for severity reads here, and from which rank on it counts.

    Attributes:
        severities: Words to severities; a word that is none of them is nothing.
        raised: Words that the asset's importance makes graver; what is mere information stays that.
        least: Least severity that counts.
        repeats: An event that stands for so many repetitions counts when it is one step below ``least``.
        source: Where this comes from.
        tags: Steps by which what happens to an asset with a tag is graver.
        assets: The same by the asset's id.
        repeat: What counts when it comes often, by kind.
        duties: What has to be reported.
        zone: The province's.
        names: What kinds are called, Vietnamese; a kind without a name stands as it was sent.

    """

    severities: Mapping[str, Severity]
    raised: frozenset[str]
    least: Severity
    repeats: int
    source: str
    tags: Mapping[str, int]
    assets: Mapping[str, int]
    repeat: Mapping[str, Repeat]
    duties: tuple[Duty, ...]
    zone: tzinfo
    names: Mapping[str, str]

    def called(self, kind: str) -> str:
        """The name of a kind."""
        return self.names.get(kind, kind)


class Failures(NamedTuple):
    """What is remembered of a kind on an asset; immutable, instants in microseconds since 1970.

    Attributes:
        raised_at: Event time at which there were enough, last; 0: never.
        seen: Instants and counts since then, in order of time.

    """

    raised_at: int
    seen: tuple[tuple[int, int], ...]


def encode_failures(failures: Failures) -> bytes:
    """Write what is remembered."""
    return orjson.dumps(tuple(failures))


def decode_failures(raw: bytes) -> Failures:
    """Read :func:`encode_failures`.

    Raises:
        ValueError: these are not its bytes.

    """
    try:
        raised_at, seen = orjson.loads(raw)
        return Failures(int(raised_at), tuple((int(at), int(count)) for at, count in seen))
    except TypeError as problem:
        raise ValueError("these are not the failures of an asset") from problem


def attack_id(text: str | None) -> str | None:
    """A technique's id of MITRE ATT&CK (``T1110``, ``T1110.003``) in one spelling; none where it is not one.

    >>> attack_id(" t1110.003 "), attack_id("brute force"), attack_id(None)
    ('T1110.003', None, None)
    """
    if text is None:
        return None
    plain = text.strip().upper()
    return plain if _ATTACK.fullmatch(plain) else None


def _untagged(_: str) -> frozenset[str]:
    return frozenset()


class SecurityDetector:
    """Says which SOC events count by themselves, and which by their number.

    Args:
        rules: The limits.
        tags: Tags of assets.

    """

    def __init__(self, rules: SecurityRules, tags: Tags = _untagged) -> None:
        self._rules = rules
        self._tags = tags
        self._least = SEVERITY_RANK[rules.least]

    @staticmethod
    def key(event: SecurityEvent) -> str:
        """Name of the condition: what is counted under it is one thing."""
        return joined(event.asset_id, event.kind)

    def evaluate(self, event: SecurityEvent, state: State | None = None) -> Evaluation:  # noqa: ARG002 - the shape of every detector
        """Judge one event by its severity, the asset's importance counted in."""
        said = self._rules.severities.get(event.severity)
        if said is None:
            return QUIET
        steps = self._steps(event.asset_id) if event.severity in self._rules.raised else 0
        severity = _graver(said, steps)
        rank = SEVERITY_RANK[severity]
        count = event.count or 1
        repeated = count >= self._rules.repeats
        if rank > self._least + repeated:
            return QUIET
        again = f", {count} lần" if count > 1 else ""
        name = self._rules.called(event.kind)
        text = f"Mức {severity}: {name} trên {event.asset_id}{again}."
        if steps and severity != said:
            text += f" Tài sản quan trọng: nâng từ mức {said}."
        finding = self._finding(
            event,
            severity,
            kind=f"cyber:{event.kind}",
            title=f"Sự kiện an toàn thông tin: {name} trên {event.asset_id}{again}",
            text=text,
            rule_id="security/severity" if rank <= self._least else "security/repeats",
            source=self._rules.source,
            more={"count": count, "importance": steps},
        )
        return finding, None

    def watches(self, event: SecurityEvent) -> bool:
        """Whether events of this kind are counted."""
        return event.kind in self._rules.repeat

    def count(self, event: SecurityEvent, failures: Failures | None) -> tuple[Finding | None, Failures | None]:
        """Count one event of a kind that :meth:`watches`.

        One that comes late is counted where it belongs, as far as two windows back. For one window after there were
        enough, what comes is the same burst.
        """
        rule = self._rules.repeat[event.kind]
        at = micros(event.observed_at)
        known = failures or Failures(0, ())
        if known.raised_at and at <= known.raised_at + rule.window_us:
            return None, None
        seen = list(known.seen)
        insort(seen, (at, min(event.count or 1, rule.count)))
        newest = seen[-1][0]
        seen = [each for each in seen if each[0] > newest - 2 * rule.window_us]
        full = _full(seen, rule)
        if full is None:
            after = Failures(known.raised_at, tuple(seen))
            return None, None if after == known else after
        number = sum(count for when, count in seen if full - rule.window_us < when <= full)
        severity = _graver(rule.severity, self._steps(event.asset_id))
        minutes = round(rule.window_us / _SECOND / 60, 1)
        name = self._rules.called(event.kind)
        finding = self._finding(
            event,
            severity,
            kind=f"cyber-repeats:{event.kind}",
            title=f"{rule.title}: {event.asset_id}",
            text=f"{rule.title}: {name} trên {event.asset_id}, ít nhất {number} lần trong {minutes:g} phút.",
            rule_id=f"security/repeat/{event.kind}",
            source=rule.source,
            more={"count": number, "window_s": rule.window_us / _SECOND, "importance": self._steps(event.asset_id)},
        )
        return finding, Failures(full, tuple(each for each in seen if each[0] > full + rule.window_us))

    def due(self, key: str, failures: Failures) -> int | None:
        """When it is forgotten: what comes later changes nothing of it, microseconds since 1970."""
        rule = self._rules.repeat.get(parted(key)[-1])
        if rule is None:
            return 0
        newest = failures.seen[-1][0] if failures.seen else failures.raised_at
        # A burst that was told is remembered for as long as news of it may come late.
        return newest + max(2 * rule.window_us, _FORGOTTEN_US if failures.raised_at else 0)

    def _steps(self, asset: str) -> int:
        rules = self._rules
        by_tag = max((rules.tags.get(tag, 0) for tag in self._tags(asset)), default=0)
        return max(rules.assets.get(asset, 0), by_tag)

    def _finding(  # what differs between the two ways to a signal
        self,
        event: SecurityEvent,
        severity: Severity,
        *,
        kind: str,
        title: str,
        text: str,
        rule_id: str,
        source: str,
        more: Mapping[str, float],
    ) -> Finding:
        technique = attack_id(event.technique)
        duties = [duty for duty in self._rules.duties if duty.begins(event.kind, severity)]
        if technique is not None:
            text += f" Kỹ thuật: {technique}."
        for duty in duties:
            by = (event.observed_at + duty.within).astimezone(self._rules.zone)
            text += f" {duty.text} trước {by:%H:%M %d/%m/%Y} ({duty.source})."
        return Finding(
            kind=kind,
            category=_CATEGORY,
            subcategory=_SUBCATEGORY,
            severity=severity,
            confidence=1.0,
            title=title,
            text=f"{text} Căn cứ: {source}.",
            evidence={
                "asset_id": event.asset_id,
                "kind": event.kind,
                "severity": event.severity,
                "technique": technique,
                "technique_readable": event.technique is None or technique is not None,
                **more,
                "limit_source": source,
            },
            rule_id=rule_id,
            clears=False,
            device=event.asset_id,
            deadlines=tuple(
                Obligation(duty.name, event.observed_at + duty.within, duty.source, duty.text) for duty in duties
            ),
        )


def _graver(severity: Severity, steps: int) -> Severity:
    return SEVERITIES[max(0, SEVERITY_RANK[severity] - steps)]


def _full(seen: list[tuple[int, int]], rule: Repeat) -> int | None:
    """The newest instant at which the window before it held enough; none where none did."""
    found = None
    first = total = 0
    for at, count in seen:
        total += count
        while seen[first][0] <= at - rule.window_us:
            total -= seen[first][1]
            first += 1
        if total >= rule.count:
            found = at
    return found


def read_security_rules(root: Table, zone: tzinfo) -> SecurityRules:
    """Read ``[security]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("security")
    words = table.table("severities")
    severities = {
        word: cast("Severity", words.choice(word, SEVERITIES))
        for word in words.keys()  # noqa: SIM118 - reading marks them as known
    }
    raised = table.texts("raised", ())
    if unknown := [word for word in raised if word not in severities]:
        raise table.error(f"names {unknown[0]!r}, which is none of [security.severities]", "raised")
    named = table.table("names")
    names = {kind: named.text(kind) for kind in named.keys()}  # noqa: SIM118 - reading marks them as known
    table.day("date")
    tags: dict[str, int] = {}
    assets: dict[str, int] = {}
    for entry in table.tables("importance"):
        _read_importance(entry, tags, assets)
    rules = SecurityRules(
        severities=severities,
        raised=frozenset(raised),
        least=cast("Severity", table.choice("least", SEVERITIES)),
        repeats=int(table.number("repeats", low=2.0)),
        source=table.text("source"),
        tags=tags,
        assets=assets,
        repeat=_read_repeats(table),
        duties=_read_duties(table),
        zone=zone,
        names=names,
    )
    table.done()
    return rules


def _read_importance(entry: Table, tags: dict[str, int], assets: dict[str, int]) -> None:
    steps = entry.number("steps", low=1.0)
    if steps % 1 or steps >= len(SEVERITIES):
        raise entry.error(f"must be a whole number of at most {len(SEVERITIES) - 1}", "steps")
    tag = entry.text("tag")
    if tag in tags:
        raise entry.error("is listed twice", "tag")
    tags[tag] = int(steps)
    for asset in entry.texts("assets", ()):
        if asset in assets:
            raise entry.error(f"names {asset!r}, which stands in another entry too", "assets")
        assets[asset] = int(steps)
    entry.day("date")
    entry.text("source")
    entry.done()


def _read_repeats(table: Table) -> dict[str, Repeat]:
    found: dict[str, Repeat] = {}
    for entry in table.tables("repeat"):
        count = int(entry.number("count", low=2.0))
        if count > _MOST_COUNTED:
            raise entry.error(f"must be at most {_MOST_COUNTED}: so many are remembered", "count")
        window_us = int(entry.number("window_s", low=1.0) * _SECOND)
        severity = cast("Severity", entry.choice("severity", SEVERITIES))
        title, source = entry.text("title"), entry.text("source")
        entry.day("date")
        kinds = entry.texts("kinds")
        if not kinds:
            raise entry.error("must name at least one kind", "kinds")
        for kind in kinds:
            if kind in found:
                raise entry.error(f"names {kind!r}, which another entry counts already", "kinds")
            found[kind] = Repeat(kind, count, window_us, severity, title, source)
        entry.done()
    return found


def _read_duties(table: Table) -> tuple[Duty, ...]:
    found: dict[str, Duty] = {}
    for entry in table.tables("deadline"):
        name = entry.text("name")
        if name in found:
            raise entry.error("is listed twice", "name")
        entry.day("date")
        hours = entry.number("hours")
        if hours <= 0:
            raise entry.error("must be above 0", "hours")
        found[name] = Duty(
            name=name,
            within=timedelta(hours=hours),
            least=cast("Severity", entry.choice("least", SEVERITIES)),
            kinds=frozenset(entry.texts("kinds", ())),
            text=entry.text("text"),
            source=entry.text("source"),
        )
        entry.done()
    return tuple(found.values())
