"""The chain of area detectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ioc.area import AreaWriter, ProvinceWatch
from ioc.records import Health, Signal
from streams.transport import PartitionState
from tests.unit.incidents.support import signal

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass
class Holder:
    """Holds back signals of a kind and renames the rest."""

    prefix: bytes
    held: str
    seen: list[str] = field(default_factory=list)

    def load(self, key: bytes, value: bytes) -> None:
        self.seen.append(f"load {key!r} {value!r}")

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:
        del now, writer
        self.seen.append(signal.kind)
        return None if signal.kind == self.held else replace(signal, kind=f"{signal.kind}+")

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        del now, writer
        self.seen.append(f"health {health.partition}")

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        del now, writer
        self.seen.append("tick")

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:
        del now
        return {(self.held,): 1.0}


def test_a_signal_that_one_holds_back_reaches_no_other() -> None:
    first, second = Holder(b"a/", "held"), Holder(b"b/", "never")
    watch, writer = ProvinceWatch([first, second]), AreaWriter(PartitionState(0))
    assert watch.signal(replace(signal("s1"), kind="held"), NOW, writer) is None
    left = watch.signal(replace(signal("s2"), kind="limit"), NOW, writer)
    assert left is not None
    assert left.kind == "limit++"
    assert (first.seen, second.seen) == (["held", "limit"], ["limit+"])


def test_without_a_record_of_the_province_nothing_happens() -> None:
    holder = Holder(b"a/", "held")
    watch, writer = ProvinceWatch([holder]), AreaWriter(PartitionState(0))
    watch.tick(NOW, writer)
    watch.load(b"case/1", b"")
    watch.tick(NOW, writer)
    assert (holder.seen, watch.gauges(NOW)) == ([], {})
    watch.load(b"a/1", b"x")
    watch.tick(NOW, writer)
    assert holder.seen == ["load b'a/1' b'x'", "tick"]
    assert watch.gauges(NOW) == {("held",): 1.0}
