"""An ordinary day at a steady rate: which source when, each event made at its scheduled time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random
from typing import Any, Final

from connectors.simulator.bodies import makers
from connectors.simulator.event import Event, Tally, prefix_of
from connectors.simulator.province import SyntheticProvince
from ioc.detect import Rules
from ioc.vocabulary import SOURCES, Source

WHEEL: Final = 10_000
"""Events after which every source has had its share exactly."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens in the province.

    Attributes:
        mix: Share of each source in all events.
        planted: Share of a source's events that begin an alert; every report does anyway.
        rhythm: How busy citizens are in each local hour, their mean is what ``mix`` says; empty: the same all day.

    """

    mix: Mapping[Source, float]
    planted: Mapping[Source, float]
    rhythm: tuple[float, ...] = ()


STEADY: Final = Scenario(
    mix={"sensors": 0.605, "bts": 0.25, "cameras": 0.10, "gate": 0.02, "security": 0.02, "reports": 0.005},
    planted={"sensors": 0.003, "bts": 0.002, "cameras": 0.01, "gate": 0.002, "security": 0.02},
)
"""Mostly quiet telemetry, somewhat more than one event in a hundred is news; the same at every hour."""

_RHYTHM: Final = (
    0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 0.7, 1.3, 1.8, 1.8, 1.6, 1.3, 0.9, 1.0, 1.3, 1.4, 1.4, 1.5, 1.5, 1.6, 1.5, 1.1, 0.8,
    0.5,
)  # fmt: skip
"""Nights are quiet, mornings and evenings busy (made: no centre publishes its reports by the hour)."""

NORMAL: Final = Scenario(STEADY.mix, STEADY.planted, tuple(each * len(_RHYTHM) / sum(_RHYTHM) for each in _RHYTHM))
"""An ordinary day, on which citizens sleep at night."""


class Generator:
    """Events of a synthetic province.

    The same province, scenario, seed, start and rate give the same events to the byte. The n-th event's time is
    ``start + n / rate``. Ids hold the start, so that a second run is not taken for a repetition of the first.

    Args:
        province: Who sends.
        rules: The province's limits.
        scenario: What happens.
        seed: Of the random numbers.
        start: Time of the first event, aware.
        rate: Events per second.
        sources: Only these; their shares grow accordingly.

    """

    def __init__(
        self,
        province: SyntheticProvince,
        rules: Rules,
        scenario: Scenario,
        *,
        seed: int,
        start: datetime,
        rate: float,
        sources: Collection[Source] = SOURCES,
    ) -> None:
        self.tally = Tally()
        self._random = Random(seed)
        self._makers = makers(province, rules, scenario.planted)
        self._wheels = _Wheels(scenario, [source for source in SOURCES if source in sources], seed)
        self._zone = rules.sensors.zone
        self._start = start.astimezone(UTC)
        self._rate = rate
        self._micros = 1_000_000 / rate
        self._prefix = prefix_of(start).encode()
        self._made = 0
        self._numbers: dict[Source, int] = dict.fromkeys(SOURCES, 0)
        self._second = -1
        self._second_text = b""
        self._cycles = {"sensors": len(province.series), "bts": len(province.sites)}
        self._wheel: list[Source] = []

    @property
    def next_s(self) -> float:
        """There is always a next one."""
        return self._made / self._rate

    def due(self, until_s: float, most: int) -> Sequence[Event]:
        """What is due before a second of the scenario, at most so many."""
        count = ceil(until_s * self._rate) - self._made
        return list(self.take(min(count, most)))

    def truth(self) -> Mapping[str, Any]:
        """Counts: what is planted follows from the seed."""
        return {"planted": dict(self.tally.planted)}

    def interval_s(self, source: Source) -> float | None:
        """How often each device of a source speaks; none if it speaks when it has news."""
        if source not in self._cycles or not self._wheels.share(source):
            return None
        return self._cycles[source] / (self._rate * self._wheels.share(source))

    def take(self, count: int) -> Iterator[Event]:
        """The next ``count`` events."""
        numbers, random, prefix = self._numbers, self._random, self._prefix
        events, planted = self.tally.events, self.tally.planted
        for index in range(self._made, self._made + count):
            if index % WHEEL == 0:
                at = self._start + timedelta(microseconds=index * self._micros)
                self._wheel = self._wheels.of_hour(at.astimezone(self._zone).hour)
            source = self._wheel[index % WHEEL]
            number = numbers[source]
            numbers[source] = number + 1
            own_id = b"%b%x" % (prefix, index)
            made = self._makers[source](number, own_id, self._time(index), random)
            events[source] += 1
            if made.planted:
                planted[source] += 1
            yield Event(source, made.key, own_id, made.body)
            self._made = index + 1

    def _time(self, index: int) -> bytes:
        second, micros = divmod(int(index * self._micros) + self._start.microsecond, 1_000_000)
        if second != self._second:
            whole = self._start.replace(microsecond=0) + timedelta(seconds=second)
            self._second, self._second_text = second, f"{whole:%Y-%m-%dT%H:%M:%S}".encode()
        return b"%b.%06dZ" % (self._second_text, micros)


class _Wheels:
    """The sources of the next ten thousand events, by local hour: each with its share exactly, in random order."""

    def __init__(self, scenario: Scenario, sources: Sequence[Source], seed: int) -> None:
        self._mix = {source: scenario.mix[source] for source in sources}
        self._rhythm = scenario.rhythm
        self._seed = seed
        self._made: dict[int, list[Source]] = {}

    def share(self, source: Source) -> float:
        """Share of a source over the day; 0 where it is not sent."""
        return self._mix.get(source, 0.0) / sum(self._mix.values())

    def of_hour(self, hour: int) -> list[Source]:
        turn = hour if self._rhythm else 0
        if turn not in self._made:
            busy = self._rhythm[turn] if self._rhythm else 1.0
            mix = {source: share * (busy if source == "reports" else 1.0) for source, share in self._mix.items()}
            self._made[turn] = _wheel(mix, Random(self._seed * 24 + turn))
        return self._made[turn]


def _wheel(mix: Mapping[Source, float], random: Random) -> list[Source]:
    total = sum(mix.values())
    wheel: list[Source] = []
    for source, share in mix.items():
        wheel += [source] * max(1, round(WHEEL * share / total))
    most = max(mix, key=lambda source: mix[source])
    wheel = (wheel + [most] * WHEEL)[:WHEEL] if len(wheel) < WHEEL else wheel[-WHEEL:]
    random.shuffle(wheel)
    return wheel
