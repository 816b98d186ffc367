"""A typhoon over the shipped province: made of a seed, fed to the owner's parts as the owner feeds them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from ioc.area import AreaWriter, ProvinceWatch
from ioc.area.outage import OutageDetector
from ioc.area.outage_rules import OutageRules, load_outage_rules
from ioc.area.places import Places, Served, places_of
from ioc.catalog import Catalogue, common_data, load_catalogue, load_folder, shipped_province
from ioc.incidents import Changes, CorrelationRules, IncidentBook, load_correlation, load_feedback_texts
from ioc.paging import PAGING_FILE, LivePaging, load_paging
from ioc.records import Alert, Incident, Signal
from ioc.routing import ROUTES_FILE, load_routes
from ioc.vocabulary import Category, Severity, Source
from streams.transport import PartitionState
from tests.unit.incidents.support import FEEDBACK

BEGIN = datetime(2026, 9, 7, 5, tzinfo=UTC)
"""Noon in Việt Nam."""
OPERATORS = ("viettel", "vnpt", "mobifone")
HOUR = timedelta(hours=1)


@cache
def catalogue() -> Catalogue:
    return load_catalogue(load_folder(shipped_province()))


@cache
def outage_rules() -> OutageRules:
    return load_outage_rules((common_data() / "outages.toml").read_bytes())


@cache
def correlation() -> CorrelationRules:
    return load_correlation((common_data() / "correlation.toml").read_bytes())


def new_book(rules: CorrelationRules | None = None) -> IncidentBook:
    zone = ZoneInfo(catalogue().timezone)
    texts = load_feedback_texts(FEEDBACK.read_bytes(), zone)
    province = catalogue()
    routes = load_routes(load_folder(shipped_province())[ROUTES_FILE], province.known, zone)
    paging = LivePaging(load_paging((common_data() / PAGING_FILE).read_bytes(), province.known, zone))
    return IncidentBook(
        "22", zone, province, routes, rules or correlation(), texts=texts, redact=lambda words: words, paging=paging
    )


def new_watch(places: Places | None = None) -> ProvinceWatch:
    return ProvinceWatch([OutageDetector(outage_rules(), places or places_of(catalogue(), reach_km=5.0))])


class Owner:
    """The province's owner: watch and book over one state; what detectors say comes back as a signal."""

    def __init__(self, places: Places | None = None) -> None:
        self.places = places
        self.state = PartitionState(0)
        self.book, self.watch = new_book(), new_watch(places)
        self.alerts: list[Alert] = []
        self.incidents: dict[str, Incident] = {}
        self.changes: list[Changes] = []
        self.said: list[Signal] = []

    def signal(self, signal: Signal, now: datetime) -> None:
        queue = deque([signal])
        while queue:
            writer = AreaWriter(self.state)
            left = self.watch.signal(queue.popleft(), now, writer)
            if left is not None:
                self._keep(self.book.apply_signal(left, now, self.state.journal))
            self.said += writer.signals
            queue += writer.signals

    def tick(self, now: datetime) -> None:
        writer = AreaWriter(self.state)
        self.watch.tick(now, writer)
        self._keep(self.book.tick(now, self.state.journal))
        for signal in writer.signals:
            self.said.append(signal)
            self.signal(signal, now)

    def restart(self) -> None:
        """Nothing is left but the stored state."""
        self.book, self.watch = new_book(), new_watch(self.places)
        for key, value in sorted(self.state.items(), reverse=True):
            self.watch.load(key, value)
            self.book.load(key, value)

    def _keep(self, changes: Changes) -> None:
        self.changes.append(changes)
        self.alerts += changes.alerts
        self.incidents |= {incident.incident_id: incident for incident in changes.incidents}
        for key, value in changes.state:
            if value is None:
                self.state.delete(key)
            else:
                self.state.put(key, value)


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def made(  # noqa: PLR0917  # as a signal is told of
    name: str, source: Source, category: Category, subcategory: str, severity: Severity, when: datetime, commune: str,
    *, lat: float | None = None, lon: float | None = None, kind: str = "citizen_report", device: str | None = None,
    clears: bool = False,
) -> Signal:  # fmt: skip
    return Signal(
        signal_id=f"{source}:{name}", source=source, event_id=name, kind=kind, category=category,
        subcategory=subcategory, severity=severity, confidence=1.0, at=when, commune=commune,
        centre=catalogue().communes[commune].centre, lat=lat, lon=lon,
        located_by="catalogue" if lat is not None else "text", location_confidence=1.0, title=f"Tiêu đề {name}",
        text=f"Nội dung {name}", evidence={}, rule_id="rule-1", versions={}, accepted_at=when, publisher="urn:test",
        reporter=name if source == "reports" else None, device=device, clears=clears,
    )  # fmt: skip


@dataclass(frozen=True)
class Station:
    site_id: str
    operator: str
    commune: str
    lat: float
    lon: float
    upstream: str | None = None

    def lost(self, when: datetime, *, cause: str = "unknown", technology: str = "4G", name: str = "") -> Signal:
        signal = made(
            f"{self.site_id}-{technology}-{name or when.isoformat()}", "bts", "telecom", "no_signal", "high", when,
            self.commune, lat=self.lat, lon=self.lon, kind=f"site:{self.operator}:{technology}", device=self.site_id,
        )  # fmt: skip
        signal.evidence = {
            "site_id": self.site_id, "operator": self.operator, "technology": technology, "level": 3, "cause": cause,
            "lost_at": when.isoformat().replace("+00:00", "Z"), "upstream": self.upstream, "site": None,
        }  # fmt: skip
        return signal

    def back(self, when: datetime, *, technology: str = "4G") -> Signal:
        signal = self.lost(when, technology=technology, name=f"back-{when.isoformat()}")
        signal.clears, signal.severity = True, "low"
        signal.evidence = {**signal.evidence, "level": 0, "level_before": 3}
        return signal


def stations(count: int, seed: int) -> list[Station]:
    """Stations of three operators, scattered around the communes' reference points."""
    random = Random(seed)
    communes = sorted(catalogue().communes.values(), key=lambda each: each.code)
    found = []
    for number in range(count):
        commune = communes[number % len(communes)]
        assert commune.lat is not None
        assert commune.lon is not None
        operator = random.choices(OPERATORS, (40, 35, 25))[0]
        found.append(
            Station(
                f"QN-{number:04}", operator, commune.code, commune.lat + random.gauss(0, 0.03),
                commune.lon + random.gauss(0, 0.03), f"{operator}-{commune.centre}-{number % 3}",
            )
        )  # fmt: skip
    return found


@dataclass
class Storm:
    """What a typhoon brings in its first hour, in order of time."""

    lost: dict[str, datetime] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    critical: list[Signal] = field(default_factory=list)
    gauges: list[Signal] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    sites: dict[str, Station] = field(default_factory=dict)


_REPORTS: tuple[tuple[Category, str, Severity], ...] = (
    ("urban_infrastructure", "tree", "normal"), ("urban_infrastructure", "tree", "high"),
    ("disaster", "flood", "high"), ("disaster", "flood", "normal"), ("disaster", "landslide", "high"),
    ("power_water", "outage", "normal"), ("power_water", "live_wire", "high"), ("telecom", "no_signal", "normal"),
    ("traffic", "congestion", "high"), ("environment", "waste", "low"), ("urban_order", "noise", "low"),
)  # fmt: skip
_CRITICAL: tuple[tuple[Category, str], ...] = (
    ("health_food", "medical_emergency"), ("fire_rescue", "fire"), ("disaster", "landslide"), ("disaster", "flood"),
)  # fmt: skip
_SENSORS: tuple[tuple[Category, str, Severity], ...] = (
    ("disaster", "rain", "high"), ("disaster", "tide", "high"), ("disaster", "river", "high"),
    ("other", "device_fault", "normal"), ("environment", "water", "normal"),
)  # fmt: skip


def typhoon(
    seed: int, *, lost: int = 1250, reports: int = 400, sensors: int = 100, critical: int = 20, gauges: int = 0
) -> Storm:
    """Power fails and stations follow in battery order; fibres are cut; people write; gauges rise to critical."""
    random = Random(seed)
    storm = Storm()
    known = stations(2649, seed)
    storm.sites = {each.site_id: each for each in known}
    for operator, centre, minute, count in (
        ("viettel", "ha-long", 20.0, 60), ("vnpt", "province", 35.0, 80), ("mobifone", "mong-cai", 41.0, 20),
    ):  # fmt: skip
        cut = [
            each for each in known
            if each.operator == operator and catalogue().communes[each.commune].centre == centre
            and each.upstream == f"{operator}-{centre}-0"
        ][:count]  # fmt: skip
        for each in cut:
            storm.lost[each.site_id] = at(minute + random.uniform(0, 0.1))
        storm.cut += [each.site_id for each in cut]
    left = [each for each in known if each.site_id not in storm.lost]
    for each in random.sample(left, lost - len(storm.lost)):
        storm.lost[each.site_id] = at(60 * random.betavariate(1.3, 1.1))
    storm.signals = [storm.sites[name].lost(when) for name, when in storm.lost.items()]
    places = list(catalogue().communes.values())

    def somewhere(number: int, source: Source, what: tuple[Category, str, Severity]) -> Signal:
        commune = random.choice(places)
        assert commune.lat is not None
        assert commune.lon is not None
        placed = source != "reports" or random.random() < 0.7
        return made(
            f"{source}-{number}-{what[2]}", source, *what, at(random.uniform(0, 60)), commune.code,
            lat=commune.lat + random.gauss(0, 0.02) if placed else None,
            lon=commune.lon + random.gauss(0, 0.02) if placed else None,
            kind="citizen_report" if source == "reports" else "limit",
            device=None if source == "reports" else f"station-{number}",
        )  # fmt: skip

    storm.signals += [somewhere(number, "reports", random.choice(_REPORTS)) for number in range(reports)]
    storm.signals += [somewhere(number, "sensors", random.choice(_SENSORS)) for number in range(sensors)]
    storm.critical = [somewhere(n, "reports", (*random.choice(_CRITICAL), "critical")) for n in range(critical)]
    for number in range(1000, 1000 + gauges):
        high = somewhere(number, "sensors", ("disaster", ("rain", "flood")[number % 2], "high"))
        if number % 4 < 2:  # the others are critical from the first
            storm.signals.append(high)
        at_last = high.at + (BEGIN + HOUR - high.at) * random.random()
        worst = replace(high, signal_id=f"{high.signal_id}-worst", event_id=f"{high.event_id}-worst", at=at_last,
                        accepted_at=at_last, severity="critical")  # fmt: skip
        storm.gauges.append(worst)
    storm.signals += storm.gauges
    storm.signals = sorted(storm.signals + storm.critical, key=lambda each: (each.at, each.signal_id))
    return storm


def run(
    owner: Owner, signals: Iterable[Signal], until: datetime, each: Callable[[Signal, datetime], None] | None = None
) -> None:
    """Feed signals as they happen, and the passing of time every five seconds."""
    now = BEGIN
    for signal in signals:
        while now + timedelta(seconds=5) <= signal.at:
            now += timedelta(seconds=5)
            owner.tick(now)
        owner.signal(signal, signal.at)
        if each is not None:
            each(signal, signal.at)
    while now + timedelta(seconds=5) <= until:
        now += timedelta(seconds=5)
        owner.tick(now)


def served(known: Iterable[Station]) -> list[Served]:
    """Communes with their stations, as a register would say."""
    by_commune: dict[str, dict[str, frozenset[str]]] = {}
    for each in known:
        by_commune.setdefault(each.commune, {})[each.site_id] = frozenset({"4G"})
    return [Served(catalogue().communes[code].name, sites) for code, sites in sorted(by_commune.items())]
