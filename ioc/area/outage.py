"""Outages: stations that are lost together become one incident, and complaints alone may point to one.

A station's signal is passed on with the name of the outage that it is a part of, so that its incident is listed under
the outage's. What the outage says of itself is a signal of its own, said again when it has doubled, when its cause
looks different, when somewhere no station is left, and otherwise at most once in a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from ioc.area import outage_words as words
from ioc.area.cause import Inference, infer, most_together
from ioc.area.complaints import ComplaintWatch
from ioc.area.detector import AreaWriter
from ioc.area.outage_memory import PREFIX, OutageMemory
from ioc.area.outage_rules import OutageRules
from ioc.area.outage_state import Outage, Site
from ioc.area.places import Places
from ioc.derived import Where, derived
from ioc.identity import digest
from ioc.records import Health, Signal, copied
from ioc.synthetic import is_synthetic

KIND: Final = "outage"
PUBLISHER: Final = "urn:ioc:outage"
_LOST: Final = 3
"""Level of a station's signal that says that it is out of service."""
_DEGRADED: Final = 2
"""Level that says that something is wrong; with a cause ``power`` it lives on its battery."""
_SIGNALS: Final = 8
"""Signals of one station's loss that are remembered, the newest: a site has a few technologies."""
_ALWAYS_INFERRED: Final = 16
"""Up to so many stations every loss may change the cause; beyond, it is looked at again when something is said."""

_SEVERAL: Final = 2
"""Stations of a centre that are more than one by chance, once the whole province loses them."""

_News = Literal["lost", "battery", "back"]


class OutageDetector:
    """Groups lost stations by centre, operator and transmission node; see :mod:`ioc.area.outage`.

    Args:
        rules: What belongs together, and what its cause is taken for.
        places: Names, and which stations serve which commune or hamlet.

    """

    prefix = PREFIX

    def __init__(self, rules: OutageRules, places: Places) -> None:
        self._rules = rules
        self._places = places
        self._memory = OutageMemory(places)
        self._complaints = ComplaintWatch(rules, self._memory)
        self._versions = {"outages": rules.version}

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state, in any order.

        Raises:
            ValueError: the entry is damaged.

        """
        self._memory.load(key, value)

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:
        """Note what is lost, back, or complained of; the signal says then what it is a part of."""
        if signal.category != "telecom":
            return signal
        if signal.source == "reports":
            return self._complaints.take(signal, writer) if signal.subcategory == "no_signal" else signal
        news = _news(signal)
        if news is None:
            return signal
        if news == "back":
            return self._back(signal, now, writer)
        return self._hit(signal, news, now, writer)

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        """Not needed: silent stations are told of by their own signals."""

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Bring figures up to date that have waited long enough, and forget what is long over."""
        memory, rules = self._memory, self._rules.grouping
        for outage in memory.open():
            if outage.said_at is None or now < outage.said_at + rules.refresh:
                continue
            sites = memory.members(outage.key)
            figures = len(sites), _count_dead(sites), _count_back(sites)
            if figures != (outage.said, outage.said_dead, outage.said_back):
                self._say(outage, sites, now, now, writer)
        for site in memory.back:
            if site.back_at is not None and now > site.back_at + rules.late:
                memory.forget_site(site.key, writer)
        for outage in [each for each in memory.outages.values() if each.over and not memory.count(each.key)]:
            memory.forget_outage(outage.key, writer)
        self._complaints.forget(now, writer)

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:
        """None: open incidents and lost stations are counted where they are kept."""
        del now
        return {}

    def _hit(self, signal: Signal, news: _News, now: datetime, writer: AreaWriter) -> Signal:
        memory = self._memory
        site = _site_of(signal, news)
        old = memory.sites.get(site.key)
        if old is not None and signal.signal_id in old.signals:
            return self._part(signal, old)
        if old is not None and old.back_at is not None and site.lost_at <= old.back_at:
            # News of what is over: its incident is listed with the others of then, and alarms nobody.
            outage = memory.outages.get(old.outage) if old.outage is not None else None
            return signal if outage is None else _listed(signal, outage)
        if old is not None and old.out:
            spared = {} if news == "lost" else {*site.out}  # what lives on its battery again is not without service
            site = old._replace(
                out=tuple(sorted({*old.out, *site.out})),
                dead=tuple(sorted({*old.dead, *site.dead}.difference(spared))),
                signals=(*old.signals, signal.signal_id)[-_SIGNALS:],
            )
            memory.put_site(site, writer)
            if site.outage is not None:
                self._grown(memory.outages[site.outage], site, signal, now, writer)
            return self._part(signal, site)
        outage = self._accepting(site)
        if outage is None and (over := self._over(site, signal.accepted_at)) is not None:
            memory.put_site(site._replace(outage=over.key), writer)
            return _listed(signal, over)
        if outage is None:
            memory.put_site(site, writer)
            outage = self._begun(site, signal, now, writer)
            if outage is None:
                return signal
        else:
            site = site._replace(outage=outage.key)
            memory.put_site(site, writer)
            outage = outage._replace(
                first_at=min(outage.first_at, site.lost_at), last_at=max(outage.last_at, site.lost_at)
            )
            memory.put_outage(outage, writer)
            outage = self._parted(outage, site, signal, now, writer)
        self._grown(outage, memory.sites[site.key], signal, now, writer)
        return self._part(signal, memory.sites[site.key])

    def _part(self, signal: Signal, site: Site) -> Signal:
        """The signal with the name of the outage that its station belongs to."""
        outage = self._memory.outages.get(site.outage) if site.outage is not None else None
        if outage is None or outage.over:
            return signal
        return _listed(signal, outage)

    def _accepting(self, site: Site) -> Outage | None:
        """The outage of the centre that a loss belongs to: a cut of its own node before whatever is out there."""
        cuts, others = [], []
        rules = self._rules
        for outage in self._memory.open(site.area):
            if not outage.first_at - rules.grouping.window <= site.lost_at <= outage.last_at + rules.grouping.join:
                continue
            if not self._is_cut(outage):
                others.append(outage)
                continue
            memory = self._memory
            if memory.first(outage.key).operator != site.operator:
                continue
            near = memory.together(outage.key, site.lost_at, rules.cause.together)
            # Of a silent station the manager knows late; the node that it hangs on says what it belongs to.
            if 2 * len(near) >= memory.count(outage.key) or (
                site.silent
                and site.upstream is not None
                and any(one.upstream == site.upstream for one in memory.members(outage.key))
            ):
                cuts.append(outage)
        return next(iter([*cuts, *others]), None)

    def _over(self, site: Site, accepted_at: datetime) -> Outage | None:
        """The outage that a loss belonged to of which we hear when that is over already."""
        window = self._rules.grouping.window
        if accepted_at - site.lost_at <= window:
            return None
        return next(
            (each for each in self._memory.closed(site.area) if each.first_at - window <= site.lost_at <= each.last_at),
            None,
        )

    def _is_cut(self, outage: Outage) -> bool:
        """Whether an outage is surely one operator's cut, which others' losses have nothing to do with."""
        return outage.cause == "fibre" and self._memory.count(outage.key) >= self._rules.cause.fibre_sites

    def _begun(self, site: Site, signal: Signal, now: datetime, writer: AreaWriter) -> Outage | None:
        """An outage of stations that were lost around a loss, if they are so many."""
        memory, rules = self._memory, self._rules.grouping
        near = [each for each in memory.loose(site.area) if abs(each.lost_at - site.lost_at) <= rules.window]
        own = [each for each in near if each.operator == site.operator]
        for found, least in ((near, rules.sites_all), (own, rules.sites_operator)):
            times = sorted(each.lost_at for each in found)
            if len(times) >= least and most_together(times, rules.window) >= least:
                return self._gather(found, signal, writer)
        since, until = site.lost_at - rules.window, site.lost_at + rules.window
        everywhere = memory.all_loose(since, until, made=site.made)
        if memory.out(made=site.made) + len(everywhere) < rules.storm_sites:
            return None
        # In a storm nobody waits for the next loss; what is single elsewhere may still be chance.
        for centre in sorted({each.centre for each in everywhere} - {site.centre}):
            found = [each for each in everywhere if each.centre == centre]
            if len(found) >= _SEVERAL:
                outage = self._gather(found, signal, writer)
                self._say(outage, memory.members(outage.key), now, signal.accepted_at, writer)
        return self._gather(near, signal, writer)

    def _gather(self, sites: Iterable[Site], signal: Signal, writer: AreaWriter) -> Outage:
        """A new outage of stations, wherever they belonged before."""
        chosen = list(sites)
        centre, made = chosen[0].centre, chosen[0].made
        times = [each.lost_at for each in chosen]
        outage = Outage(f"{centre}-{digest(centre, signal.signal_id):016x}", centre, min(times), max(times), made=made)
        self._memory.put_outage(outage, writer)
        for each in chosen:
            self._memory.put_site(each._replace(outage=outage.key), writer)
        return outage

    def _parted(self, outage: Outage, site: Site, signal: Signal, now: datetime, writer: AreaWriter) -> Outage:
        """The outage, or the operator's cut within it: many of one operator at one moment while others stay."""
        memory, rules = self._memory, self._rules.cause
        if not site.dead or self._is_cut(outage) or memory.count(outage.key) < 2 * rules.burst:
            return outage
        near = [each for each in memory.together(outage.key, site.lost_at, rules.together) if each.dead]
        own = [each for each in near if each.operator == site.operator and each.back_at is None]
        of_node = [each for each in own if each.upstream is not None and each.upstream == site.upstream]
        cut = of_node if len(of_node) >= rules.burst else own
        if len(cut) < rules.burst or len(own) < rules.burst_share * len(near):
            return outage
        found = self._gather(cut, signal, writer)
        left = memory.members(outage.key)
        self._say(outage, left, now, signal.accepted_at, writer)
        return found

    def _grown(self, outage: Outage, site: Site, signal: Signal, now: datetime, writer: AreaWriter) -> None:
        """Say what is worth saying after a loss."""
        memory = self._memory
        count = memory.count(outage.key)
        doubled = count >= 2 * max(outage.said, 1) or (not outage.said_dead and bool(site.dead))
        dark = not set(memory.dark(site.site_id)) <= set(outage.dark)
        if not doubled and not dark and outage.serial and count > _ALWAYS_INFERRED:
            return
        sites = memory.members(outage.key)
        other = infer(sites, self._rules.cause, self._rules.confidence).cause != outage.cause
        if doubled or dark or other or not outage.serial:
            self._say(outage, sites, now, signal.accepted_at, writer)

    def _back(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal:
        memory = self._memory
        evidence = signal.evidence
        site = memory.sites.get(f"{evidence['operator']}|{evidence['site_id']}")
        if site is None or not site.out or signal.at < site.lost_at:
            return signal
        out, dead = (
            tuple(each for each in some if each != evidence.get("technology")) for some in (site.out, site.dead)
        )
        site = site._replace(out=out, dead=dead, back_at=None if out else signal.at)
        memory.put_site(site, writer)
        outage = memory.outages.get(site.outage) if site.outage is not None else None
        if outage is not None and not outage.over:
            self._check_over(outage, now, signal.accepted_at, writer)
        return signal

    def _check_over(self, outage: Outage, now: datetime, accepted_at: datetime, writer: AreaWriter) -> None:
        sites = self._memory.members(outage.key)
        if _count_back(sites) < self._rules.grouping.back_share * len(sites):
            return
        self._say(outage._replace(over=True), sites, now, accepted_at, writer)
        for site in sites:
            if site.back_at is None:
                self._memory.put_site(site._replace(outage=None), writer)

    def _say(
        self, outage: Outage, sites: list[Site], now: datetime, accepted_at: datetime, writer: AreaWriter
    ) -> None:  # fmt: skip
        """Infer the cause anew, write it down, and say how the outage stands."""
        memory, rules = self._memory, self._rules
        inference = infer(sites, rules.cause, rules.confidence)
        names = {name for site in sites for name in memory.dark(site.site_id)}
        dark = sorted({*outage.dark, *names}, key=lambda name: (-memory.population(name), name))
        back = [site.back_at for site in sites if site.back_at is not None]
        if outage.over:
            outage = outage._replace(last_at=max(outage.last_at, *back))
        said = outage._replace(
            cause=inference.cause, confidence=inference.confidence, serial=outage.serial + 1, said=len(sites),
            said_dead=_count_dead(sites), said_back=len(back), said_at=now, dark=tuple(dark),
        )  # fmt: skip
        memory.put_outage(said, writer)
        at = outage.last_at if outage.serial else outage.first_at
        writer.emit(self._signal(said, sites, inference, at, accepted_at))

    def _signal(
        self, outage: Outage, sites: list[Site], inference: Inference, at: datetime, accepted_at: datetime
    ) -> Signal:  # fmt: skip
        rules = self._rules.grouping
        severity = rules.severity_dark if outage.dark else rules.severity
        return derived(
            signal_id=f"bts:{outage.device}:{outage.serial}",
            source="bts",
            publisher=PUBLISHER,
            event_id=f"{outage.device}:{outage.serial}",
            kind=KIND,
            category="telecom",
            subcategory="no_signal",
            severity=severity,
            at=at,
            accepted_at=accepted_at,
            where=Where(centre=outage.centre, confidence=1.0),
            title=words.title(outage, sites, self._places),
            text=words.text(outage, sites, inference, self._places, rules.source),
            evidence=words.evidence(outage, sites, inference),
            rule_id="outage/back" if outage.over else f"outage/{outage.cause}",
            versions=self._versions,
            clears=outage.over,
            device=outage.device,
            gathers=[
                *(each for site in sites for each in site.signals),
                *(each.signal_id for each in self._complaints.of(outage, sites)),
            ],
            made=outage.made,
        )


def _listed(signal: Signal, outage: Outage) -> Signal:
    """A station's signal with the name of the outage that speaks for it."""
    part = copied(signal)
    part.part_of = condition(outage)
    return part


def condition(outage: Outage) -> str:
    """Machine condition that an outage's signals are about."""
    return f"bts|{outage.device}|{KIND}"


def _news(signal: Signal) -> _News | None:
    """Whether a station's signal says that it is lost or that it is back; none if it says neither."""
    evidence = signal.evidence
    if signal.source != "bts" or not isinstance(evidence.get("site_id"), str):
        return None
    if not isinstance(evidence.get("operator"), str):
        return None
    level = evidence.get("level", _LOST if signal.subcategory == "no_signal" else 0)
    if not signal.clears and level == _LOST:
        return "lost"
    return "battery" if not signal.clears and level == _DEGRADED and evidence.get("cause") == "power" else "back"


def _site_of(signal: Signal, news: _News) -> Site:
    evidence = signal.evidence
    lost_at = evidence.get("lost_at") or evidence.get("since")
    try:
        at = datetime.fromisoformat(lost_at) if isinstance(lost_at, str) else signal.at
    except ValueError:
        at = signal.at
    upstream = evidence.get("upstream")
    technology = evidence.get("technology") if isinstance(evidence.get("technology"), str) else ""
    return Site(
        operator=evidence["operator"],
        site_id=evidence["site_id"],
        commune=signal.commune,
        centre=signal.centre,
        upstream=upstream if isinstance(upstream, str) else None,
        hint=str(evidence.get("cause") or "unknown"),
        lost_at=at if at.tzinfo is not None else signal.at,
        out=(str(technology),),
        signals=(signal.signal_id,),
        silent=evidence.get("silent") is True,
        dead=(str(technology),) if news == "lost" else (),
        made=is_synthetic(signal),
    )


def _count_dead(sites: Iterable[Site]) -> int:
    return sum(bool(site.dead) for site in sites)


def _count_back(sites: Iterable[Site]) -> int:
    return sum(site.back_at is not None for site in sites)
