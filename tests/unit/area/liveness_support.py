"""A small province of devices that speak by a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import ioc.catalog
from ioc.area import AreaWriter
from ioc.area.liveness import Liveness, LivenessRules, Roll, load_liveness
from ioc.area.liveness.maintenance import Planned, Window, nothing_planned
from ioc.area.liveness.memory import PREFIX
from ioc.catalog.devices import Device
from ioc.records import Health, Heard, Signal, StateRow
from ioc.vocabulary import SOURCES, Source
from streams.transport import PartitionState
from tests.unit.intake.store import Changelog

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""12:00 in Việt Nam."""
SHIPPED = Path(ioc.catalog.__file__).parent / "common" / "liveness.toml"
TOLD_MS = 15_000


@cache
def rules() -> LivenessRules:
    return load_liveness(SHIPPED.read_bytes())


@dataclass(frozen=True)
class Unit:
    name: str
    centre: str = ""


@dataclass(frozen=True)
class Place:
    commune: str


class Places:
    """Two communes of one centre, and one of another."""

    version = "places-1"
    communes = {"00001": Unit("Phường Một", "a"), "00002": Unit("Phường Hai", "a"), "00003": Unit("Xã Ba", "b")}  # noqa: RUF012
    centres = {"a": Unit("Trung tâm A"), "b": Unit("Trung tâm B"), "province": Unit("Trung tâm tỉnh")}  # noqa: RUF012

    def locate(self, lat: float | None = None, lon: float | None = None) -> Place:
        del lon
        return Place("00001" if lat is not None and lat > 20 else "00000")


def device(name: str, interval_s: float | None = 60, *, source: Source = "sensors", **columns: object) -> Device:
    plain = Device(
        id=name, source=source, kind="station", name=name, lat=None, lon=None, commune=None, interval_s=interval_s,
        collector=None, limit_sets=(), operator=None, technologies=(), upstream=None, site=None, tags=(),
        synthetic=False,
    )  # fmt: skip
    return replace(plain, **columns)  # type: ignore[arg-type]


Speaks = Callable[[Device, float], bool]
"""Whether a device speaks at a second of the test's clock."""


@dataclass
class Owner:
    """The owner's partition over a clock in seconds; devices speak when it is their turn, if they may.

    A device's turn comes every interval, at a second of its own.
    """

    devices: list[Device]
    rules: LivenessRules = field(default_factory=rules)
    second: int = 0
    signals: list[Signal] = field(default_factory=list)
    shown: list[StateRow] = field(default_factory=list)
    """Of devices, as it was told."""
    changelog: Changelog = field(default_factory=Changelog)
    listens: bool = True
    pace: int = 1
    """Seconds from one tick to the next."""
    scrambled: bool = False
    """What was heard comes twice, and after it comes old news."""
    fails: int = 0
    """Every so many rounds one is taken back and comes again; 0: none."""
    missing: frozenset[tuple[str, int]] = frozenset()
    """Partitions that give no account."""
    maintained: set[str] = field(default_factory=set)
    """Devices that say, when they speak, that somebody works on them."""
    planned: Planned = nothing_planned
    """Maintenance that operators have planned."""

    def __post_init__(self) -> None:
        self.state = PartitionState(0)
        self.liveness = self.new()

    def new(self) -> Liveness:
        roll = Roll(self.devices, Places(), self.rules.multiple, TOLD_MS)
        return Liveness(self.rules, roll, Places(), ZONE, self._planned)

    def _planned(self, at: datetime) -> Iterable[Window]:
        return self.planned(at)

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.second)

    def restart(self, devices: list[Device] | None = None) -> None:
        """The process dies; another one takes over from what was committed."""
        self.devices = devices if devices is not None else self.devices
        self.state = self.changelog.recover()
        self.liveness = self.new()
        for key, value in self.state.items():
            if key.startswith(PREFIX):
                self.liveness.load(key, value)
        self.state.release()

    def hear(self, *names: str, at: float | None = None, partition: int = 0, read_to: datetime | None = None) -> None:
        """Devices spoke, with the time of now or another; each source gives account of its partition."""
        by_id = {each.id: each for each in self.devices}
        when = self.now if at is None else NOON + timedelta(seconds=at)
        for source in SOURCES[1:5]:
            if (source, partition) in self.missing:
                continue
            heard = [
                Heard(each, "p", when, "maintenance" if each in self.maintained else None)
                for each in names
                if each in by_id and by_id[each].source == source
            ]
            writer = AreaWriter(self.state)
            self.liveness.health(Health(source, partition, self.now, heard, read_to), self.now, writer)

    def tick(self) -> list[Signal]:
        writer = AreaWriter(self.state)
        self.liveness.tick(self.now, writer)
        self.signals += writer.signals
        self.shown += [row for health in writer.healths for row in health.states]
        self.changelog.commit(self.state)
        return writer.signals

    def run(self, seconds: int, speaks: Speaks = lambda _device, _second: True) -> list[Signal]:
        """Let time pass; returns what was said meanwhile."""
        said: list[Signal] = []
        for _ in range(seconds // self.pace):
            self.second += self.pace
            if self.listens:
                names = [each.id for each in self.devices if self.turn(each) and speaks(each, self.second)]
                if self.fails and self.second // self.pace % self.fails == 0:
                    self.hear(*names)
                    self.liveness.tick(self.now, AreaWriter(self.state))
                    self.state.rollback()
                self.hear(*names)
                if self.scrambled:
                    self.hear(*reversed(names), at=self.second - 300)
                    self.hear(*names)
            said += self.tick()
        return said

    def turn(self, each: Device) -> bool:
        if each.interval_s is None:
            return False
        offset = sum(each.id.encode()) % int(each.interval_s)
        return (self.second - offset) % int(each.interval_s) < self.pace

    def warm_up(self) -> None:
        """Listen until the first grace is over."""
        assert self.run(240) == []

    def open_now(self) -> set[tuple[str, str]]:
        """Kind and device of what was told and is not over."""
        told: set[tuple[str, str]] = set()
        for signal in self.signals:
            assert signal.device is not None
            key = signal.kind, signal.device
            assert (key in told) == signal.clears, (key, signal.rule_id)
            told ^= {key}
        return told

    def counts(self, source: str = "sensors") -> dict[str, int]:
        figures = self.liveness.gauges(self.now)
        return {state: int(number) for (_, of, state), number in figures.items() if of == source and number}


def all_but(*names: str) -> Speaks:
    return lambda device, _second: device.id not in names


def said(signals: Iterable[Signal]) -> list[tuple[str, str | None]]:
    return [(f"{'-' if signal.clears else '+'}{signal.kind}", signal.device) for signal in signals]
