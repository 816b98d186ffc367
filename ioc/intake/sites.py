"""The base stations of one partition: what each said last, who fell silent, what is to be told when."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

import orjson

from ioc import metrics
from ioc.detect import Finding
from ioc.detect.bts import (
    CLEAN,
    BtsRules,
    News,
    SiteMachine,
    SiteState,
    Subject,
    decode_site,
    encode_site,
    finding,
    told_by,
)
from ioc.detect.bts.findings import Told
from ioc.detect.bts.machine import has_figures
from ioc.detect.bts.state import LONG_AGO, SHOWN
from ioc.intake.companion import Notice
from ioc.intake.listening import Listening
from ioc.intake.states import Shown as StateShown
from ioc.intake.states import Subject as StateSubject
from ioc.ports import Store

_STATES: Final = b"site/state/"
_FACTS: Final = b"site/facts/"
_BEATS: Final = b"site/beats/"
_BUCKETS: Final = 64
_MOST_SITES: Final = 20_000
"""Of one partition, technologies counted apart; names beyond it are taken for made up."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BY_TIME: Final = Told()

SiteKey = tuple[str, str, str]
"""Site, operator, technology."""
Gauges = dict[tuple[str, ...], float]


class Registered(Protocol):
    """What is read of the register of devices."""

    @property
    def interval_s(self) -> float | None: ...
    @property
    def collector(self) -> str | None: ...
    @property
    def upstream(self) -> str | None: ...
    @property
    def site(self) -> str | None: ...


class _Facts(NamedTuple):
    """What a site's samples say of it, the same for long.

    Attributes:
        heart_s: Seconds between heartbeats; 0 where that was never said.
        period_s: Seconds between measurements; the same.
        measures: It has sent figures.

    """

    heart_s: float = 0.0
    period_s: float = 0.0
    measures: bool = False


class _Site:
    """One site, operator and technology.

    ``state`` and ``facts`` are written down when they change, the rest on a timer. What samples change is taken back
    batch by batch.
    """

    __slots__ = (
        "batch", "bucket", "calm", "ended", "facts", "fine", "heard", "key", "lat", "level", "lon", "name", "newest",
        "registered", "shown", "since", "state", "subject", "told", "told_as",
    )  # fmt: skip

    def __init__(self, key: SiteKey, registered: Registered | None) -> None:
        upstream, shared = (registered.upstream, registered.site) if registered else (None, None)
        self.key = key
        self.subject = Subject(*key, upstream, shared)
        self.registered = registered
        self.name = _STATES + orjson.dumps(key)
        """Key of its state."""
        self.state = CLEAN
        self.calm = True
        self.level = CLEAN.level
        self.shown = CLEAN.shown
        self.since = LONG_AGO
        """When late events changed its level, by the time of their arrival."""
        self.newest = LONG_AGO
        """Newest event."""
        self.heard = LONG_AGO
        """Until when it counts as heard: late events only for so long."""
        self.fine = LONG_AGO
        """When it last said ``in_service``."""
        self.ended = LONG_AGO
        """When it last said so as a change, which ends alarms."""
        self.facts = _Facts()
        self.lat: float | None = None
        """Where its newest sample with a position was, with ``lon``."""
        self.lon: float | None = None
        self.batch = 0
        self.bucket = _bucket(key)
        self.told = StateShown(self.shown)
        """What it is shown as, made anew when that is something else: there are thousands of sites."""
        self.told_as = StateSubject("site", key[0], f"{key[1]}|{key[2]}")

    def beat(self) -> list[Any]:
        """What is written down on a timer."""
        return [self.newest, self.heard, self.fine, self.ended, self.lat, self.lon]

    def restore(self, beat: Sequence[Any]) -> None:
        """Read :meth:`beat`."""
        self.newest, self.heard, self.fine, self.ended, self.lat, self.lon = beat

    def put(self, state: SiteState) -> None:
        self.state = state
        self.level = level = state.level
        self.calm = level == state.told and state.calm
        self.shown = state.shown_at(level)

    @property
    def interval_s(self) -> float | None:
        """Seconds between its samples, if anybody has said so: heartbeats, else measurements, else the register."""
        facts = self.facts
        return facts.heart_s or facts.period_s or (self.registered.interval_s if self.registered else None)

    @property
    def place(self) -> tuple[float, float] | None:
        """Where it is, as its samples say; the register is asked by whoever needs more."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


_Touched = tuple[_Site, int, int, int, int, SiteState, int]
"""A site of which a batch has samples, and what was known before: newest, heard, fine, ended, state, since."""


class SiteWatch:
    """States of a partition's sites. A companion of the source ``bts``.

    Args:
        rules: Limits and times.
        devices: The register, by device id; sites that it does not know are watched too.
        store: State of the partition.
        checkpoint: Between two writings of what changes with every sample.

    """

    def __init__(
        self, rules: BtsRules, devices: Mapping[str, Registered], store: Store, *, checkpoint: timedelta
    ) -> None:
        self._rules = rules
        self._timing = rules.timing
        self._machine = SiteMachine(rules)
        self._devices = devices
        self._store = store
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._calm_words = frozenset(
            [None, *(word for word, condition in rules.states.items() if condition == "in_service")]
        )
        self._limits = tuple(kpi.ladder.rungs[0].limit for kpi in rules.kpis)
        self._sites: dict[SiteKey, _Site] = {}
        self._active: dict[SiteKey, _Site] = {}
        self._collectors: dict[str, list[_Site]] = {}
        self._touched: list[_Touched] | None = None
        self._batch = 1
        self._late_us = rules.timing.late_us
        self._dirty: set[int] = set()
        self._written_ms = 0
        self._listening = Listening(rules.timing)
        self._ticked = False
        self._recount = True
        self._gauges: Gauges = {}
        self._muted: dict[str, set[SiteKey]] = {}
        """Under maintenance, by site: an operator and technology each."""
        self._turned: dict[str, int] = {}
        self._load(store)

    def _load(self, store: Store) -> None:
        for name, value in store.items():
            if name.startswith(_BEATS):
                for *key, beat in orjson.loads(value):
                    self._site((key[0], key[1], key[2])).restore(beat)
        for name, value in store.items():
            if name.startswith(_STATES):
                key = _key(name[len(_STATES) :])
                self._put(self._site(key), decode_site(value))
            elif name.startswith(_FACTS):
                self._site(_key(name[len(_FACTS) :])).facts = _Facts(*orjson.loads(value))
        # What was not told before the start is not known: all are told once.
        self._turned = {key[0]: site.newest for key, site in self._sites.items() if site.newest != LONG_AGO}

    def _site(self, key: SiteKey) -> _Site:
        site = self._sites.get(key)
        if site is None:
            registered = self._devices.get(key[0])
            site = self._sites[key] = _Site(key, registered)
            if registered is not None and registered.collector is not None:
                self._collectors.setdefault(registered.collector, []).append(site)
        return site

    def take(self, event: Any, at_s: float, accepted_ms: int) -> Finding | None:
        """Take in a sample; drive tests and handsets say nothing of a site's health."""
        by = event.measured_by
        if by is not None and by != "site":
            return None
        key = event.site_id, event.operator, event.technology
        site = self._sites.get(key)
        if site is None:
            if len(self._sites) >= _MOST_SITES:
                return None
            site = self._add(key)
        if site.batch != self._batch:
            site.batch = self._batch
            touched = self._touched
            if touched is None:
                touched = self._begin()
            touched.append((site, site.newest, site.heard, site.fine, site.ended, site.state, site.since))
        at = int(at_s * 1e6 + 0.5)
        rsrp, rsrq, sinr = event.rsrp_dbm, event.rsrq_db, event.sinr_db
        newest = at >= site.newest
        measured = rsrp is not None or sinr is not None or rsrq is not None or event.users is not None
        if newest:
            site.newest = at
            heard, accepted = at + self._late_us, accepted_ms * 1000
            site.heard = min(accepted, heard)
            facts = site.facts
            if event.lat is not None:
                site.lat, site.lon = event.lat, event.lon
            if (measured and not facts.measures) or event.interval_s not in (
                None,
                facts.period_s if measured else facts.heart_s,
            ):
                self._learn(key, site, event, measured=measured)
        self._listening.accepted_ms = accepted_ms
        if site.calm and event.alarm is None and event.state in self._calm_words:
            low_rsrp, low_rsrq, low_sinr = self._limits
            if (
                (rsrp is None or rsrp >= low_rsrp)
                and (rsrq is None or rsrq >= low_rsrq)
                and (sinr is None or sinr >= low_sinr)
            ):
                if event.state is not None and at > site.fine:
                    site.fine = at
                    if not measured:
                        site.ended = at
                return None
        return self._judge(site, event, at, accepted_ms, newest=newest)

    def _judge(self, site: _Site, event: Any, at: int, accepted_ms: int, *, newest: bool) -> Finding | None:
        said, state = site.interval_s, site.state
        if site.fine > state.fine_at or site.ended > state.ended_at:
            state = state.fine_since(site.fine, site.ended)
        state = self._machine.sampled(state, event, at, newest=newest, alive=_alive(event, site), interval_s=said)
        fresh = accepted_ms * 1000 - at <= self._timing.late_us
        since = accepted_ms * 1000 if not fresh and state.level != site.level else site.since
        state, news = self._machine.judged(state, at, said or self._timing.interval_s, may_raise=fresh)
        if state.fine_at > site.fine:  # noqa: PLR1730  # with every alarm of every site: a call of max costs thrice as much
            site.fine = state.fine_at
        if state.ended_at > site.ended:  # noqa: PLR1730
            site.ended = state.ended_at
        if state != site.state:
            self._write(site, state, since)
        return (
            None if news is None else finding(self._rules, site.subject, state, news, told_by(event), place=site.place)
        )

    def tick(self, now_ms: int) -> Iterator[Notice]:
        """See who fell silent, who has been better for long enough, and what late events have left."""
        now = now_ms * 1000
        if not self._ticked:  # what late events had left before the start is waited for once more
            self._ticked = True
            for site in self._active.values():
                site.since = now
        if self._listening.tick(now, self._collectors):
            yield from self._silences(now)
        for site in list(self._active.values()):
            yield from self._overdue(site, now)
        self._checkpoint(now_ms)
        if self._recount:
            self._count()

    def _silences(self, now: int) -> Iterator[Notice]:
        for site in self._sites.values():
            interval_s = site.interval_s
            if interval_s is None or site.state.silent:
                continue
            collector = site.registered.collector if site.registered else None
            others = len(self._collectors[collector]) - 1 if collector is not None else 0
            due = self._listening.due(site.heard, interval_s, collector, others)
            if due is None or now <= due:
                continue
            state = self._machine.fell_silent(site.state.fine_since(site.fine, site.ended), site.newest)
            state, news = self._machine.judged(state, due, interval_s)
            self._remember(site, state)
            if news is not None:
                yield self._notice(site, state, news, due)

    def _overdue(self, site: _Site, now: int) -> Iterator[Notice]:
        interval_s = site.interval_s or self._timing.interval_s
        if site.since != LONG_AGO and now - site.since < self._timing.settle_us:
            return
        state, news = self._machine.judged(site.state, now, interval_s)
        if state != site.state:
            due = self._machine.due(site.state, interval_s)
            self._remember(site, state)
            if news is not None:
                yield self._notice(site, state, news, min(now, due) if due is not None else now)

    def _notice(self, site: _Site, state: SiteState, news: News, at: int) -> Notice:
        found = finding(self._rules, site.subject, state, news, _BY_TIME, place=site.place)
        return Notice(found, _EPOCH + timedelta(microseconds=at), *(site.place or (None, None)))

    def flush(self, _: int) -> None:
        """End a batch: what its samples changed is to be written down by the timer."""
        if self._touched:
            self._dirty.update({touched[0].bucket for touched in self._touched})
        self._end()

    def _checkpoint(self, now_ms: int) -> None:
        """Write down on a timer what changes with every sample, and forget who is long gone."""
        if not self._dirty or now_ms - self._written_ms < self._checkpoint_ms:
            return
        self._written_ms = now_ms
        self._forget(now_ms * 1000 - self._timing.forget_us)
        dirty, self._dirty = self._dirty, set()
        rows: dict[int, list[list[Any]]] = {bucket: [] for bucket in dirty}
        for key, site in self._sites.items():
            if site.bucket in rows:
                rows[site.bucket].append([*key, site.beat()])
        for bucket, content in rows.items():
            self._store.put(_BEATS + b"%d" % bucket, orjson.dumps(content))
        self._store.journal(lambda: self._dirty.update(dirty))

    def states(self) -> Iterator[SiteState]:
        """What is known of every site."""
        return (site.state for site in self._sites.values())

    def gauges(self, _: int) -> Gauges:
        """Sites by technology and state, and alarms that maintenance mutes."""
        return self._gauges

    def shown(self, _: int) -> dict[StateSubject, StateShown]:
        """State of every site, by operator and technology."""
        found = {}
        for site in self._sites.values():
            told = site.told
            if told.state != site.shown or told.lat != site.lat or told.lon != site.lon:
                told = site.told = StateShown(site.shown, (), site.lat, site.lon)
            found[site.told_as] = told
        return found

    def maintained(self, device: str) -> bool:
        """Whether a site says of one of its technologies that it is under maintenance."""
        return device in self._muted

    def turned(self) -> Iterator[tuple[str, float]]:
        """Sites that began or ceased to say so since the last call, and when."""
        turned, self._turned = self._turned, {}
        return ((site_id, at / 1e6) for site_id, at in turned.items())

    def _mute(self, key: SiteKey, at: int, *, muted: bool) -> None:
        before = self._muted.get(key[0], set())
        after = before | {key} if muted else before - {key}
        if bool(before) != bool(after):
            self._turned[key[0]] = at
        if after:
            self._muted[key[0]] = after
        else:
            self._muted.pop(key[0], None)

    def _add(self, key: SiteKey) -> _Site:
        site = self._site(key)
        self._recount = True
        self._store.journal(partial(self._drop, key))
        return site

    def _drop(self, key: SiteKey) -> None:
        site = self._sites.pop(key, None)
        self._active.pop(key, None)
        self._recount = True
        if site is not None and site.state.muted:
            self._mute(key, site.newest, muted=False)
        if site is not None and site.registered is not None and (collector := site.registered.collector) is not None:
            self._collectors[collector].remove(site)
            if not self._collectors[collector]:
                del self._collectors[collector]

    def _learn(self, key: SiteKey, site: _Site, event: Any, *, measured: bool) -> None:
        """Take over what a sample says of the site itself: a hold that goes by it must not forget it."""
        old = site.facts
        if measured:
            site.facts = old._replace(measures=True, period_s=event.interval_s or old.period_s)
        else:
            site.facts = old._replace(heart_s=event.interval_s or old.heart_s)
        self._store.put(_FACTS + orjson.dumps(key), orjson.dumps(list(site.facts)))

        def undo() -> None:
            site.facts = old

        self._store.journal(undo)

    def _begin(self) -> list[_Touched]:
        """Start a batch: one undo step covers what all of its samples change on the way."""
        touched: list[_Touched] = []
        self._touched = touched

        def undo() -> None:
            for site, newest, heard, fine, ended, state, since in touched:
                site.newest, site.heard, site.fine, site.ended = newest, heard, fine, ended
                self._restore(site, state, since)
            self._end()

        self._store.journal(undo)
        return touched

    def _end(self) -> None:
        self._touched = None
        self._batch += 1

    def _remember(self, site: _Site, state: SiteState) -> None:
        """Keep what time alone made of a site: no batch takes it back."""
        self._store.journal(partial(self._restore, site, site.state, site.since))
        self._write(site, state)

    def _write(self, site: _Site, state: SiteState, since: int = LONG_AGO) -> None:
        if state.is_clean:
            self._store.delete(site.name)
        else:
            self._store.put(site.name, encode_site(state))
        site.since = since
        self._put(site, state)

    def _restore(self, site: _Site, state: SiteState, since: int) -> None:
        """Take back what became of a site's state."""
        if site.state is not state:
            site.since = since
            self._put(site, state)

    def _put(self, site: _Site, state: SiteState) -> None:
        key, shown, muted = site.key, site.shown, state.word == "muted"
        if muted != (key in self._muted.get(key[0], ())):
            self._mute(key, state.word_at if muted else site.newest, muted=muted)
        site.put(state)
        if shown != site.shown or muted:
            self._recount = True
        if not muted and site.level != state.told:
            self._active[key] = site
        else:
            self._active.pop(key, None)
            site.since = LONG_AGO

    def _forget(self, before: int) -> None:
        for key in [key for key, site in self._sites.items() if site.newest < before]:
            site = self._sites[key]
            self._drop(key)
            self._dirty.add(site.bucket)
            self._store.delete(site.name)
            self._store.delete(_FACTS + orjson.dumps(key))
            self._store.journal(partial(self._return, key, site))

    def _return(self, key: SiteKey, site: _Site) -> None:
        """Take back that it was forgotten."""
        again = self._site(key)
        again.restore(site.beat())
        again.facts = site.facts
        self._put(again, site.state)
        self._recount = True

    def _count(self) -> None:
        self._recount = False
        counts = Counter((site.subject.technology, site.state.shown) for site in self._sites.values())
        gauges: Gauges = {
            (metrics.BTS_SITES.name, technology, state): counts[technology, state]
            for technology in {technology for technology, _ in counts}
            for state in SHOWN
        }
        muted = sum(
            alarm.muted and alarm.level > 0
            for site in self._sites.values() if site.state.muted
            for alarm in site.state.alarms.values()
        )  # fmt: skip
        gauges[metrics.BTS_MUTED_ALARMS.name,] = muted
        self._gauges = gauges


def _alive(event: Any, site: _Site) -> bool:
    """Whether a sample is enough of a sign of life: figures, or a heartbeat of a site that never sends any.

    Alarms are told by others on its behalf, and so may be that it is out of service.
    """
    if event.alarm is not None or event.state == "out_of_service":
        return False
    if event.state == "in_service" or not site.facts.measures:
        return True
    return has_figures(event)


def _key(name: bytes) -> SiteKey:
    """Read a key of the state, without its prefix."""
    site_id, operator, technology = orjson.loads(name)
    return site_id, operator, technology


def _bucket(key: SiteKey) -> int:
    return zlib.crc32("|".join(key).encode()) % _BUCKETS
