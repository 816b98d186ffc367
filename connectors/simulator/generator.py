"""The stream of events: which source when, each event made at its scheduled time. Pure; the caller keeps the pace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from connectors.simulator.bodies import makers
from connectors.simulator.province import SyntheticProvince
from ioc.detect import Rules
from ioc.vocabulary import SOURCES, Source

_WHEEL: Final = 10_000
"""Events after which every source has had its share exactly."""


class Event(NamedTuple):
    """One event to send.

    Attributes:
        source: Which source.
        key: Record key.
        id: Id within the simulator.
        body: JSON.

    """

    source: Source
    key: bytes
    id: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens in the province.

    Attributes:
        mix: Share of each source in all events.
        planted: Share of a source's events that begin an alert; every report does anyway.

    """

    mix: Mapping[Source, float]
    planted: Mapping[Source, float]


SCENARIOS: Final[dict[str, Scenario]] = {
    "normal": Scenario(
        mix={"sensors": 0.605, "bts": 0.25, "cameras": 0.10, "gate": 0.02, "security": 0.02, "reports": 0.005},
        planted={"sensors": 0.003, "bts": 0.002, "cameras": 0.01, "gate": 0.002, "security": 0.02},
    )
}
"""An ordinary day: mostly quiet telemetry, somewhat more than one event in a hundred is news."""


@dataclass(slots=True)
class Tally:
    """What was made.

    Attributes:
        events: By source.
        planted: Of them, what is meant to alert.

    """

    events: Counter[Source] = field(default_factory=Counter)
    planted: Counter[Source] = field(default_factory=Counter)


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
        self._wheel = _wheel({source: scenario.mix[source] for source in SOURCES if source in sources}, self._random)
        self._start = start.astimezone(UTC)
        self._micros = 1_000_000 / rate
        self._prefix = b"sim-%x-" % int(start.timestamp())
        self._made = 0
        self._numbers: dict[Source, int] = dict.fromkeys(SOURCES, 0)
        self._second = -1
        self._second_text = b""

    def take(self, count: int) -> Iterator[Event]:
        """The next ``count`` events."""
        wheel, numbers, random, prefix = self._wheel, self._numbers, self._random, self._prefix
        events, planted = self.tally.events, self.tally.planted
        for index in range(self._made, self._made + count):
            source = wheel[index % _WHEEL]
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


def _wheel(mix: Mapping[Source, float], random: Random) -> list[Source]:
    total = sum(mix.values())
    wheel: list[Source] = []
    for source, share in mix.items():
        wheel += [source] * max(1, round(_WHEEL * share / total))
    most = max(mix, key=lambda source: mix[source])
    wheel = (wheel + [most] * _WHEEL)[:_WHEEL] if len(wheel) < _WHEEL else wheel[-_WHEEL:]
    random.shuffle(wheel)
    return wheel
