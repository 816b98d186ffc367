"""Every source's intake holds its state as objects: that the engine keeps no second copy changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.simulator.generator import STEADY, Generator
from connectors.simulator.province import PROVINCE, build_province
from ioc.intake import IntakeParts
from ioc.topics import RAW
from ioc.vocabulary import SOURCES, Source
from streams.transport import Outbox, PartitionState, RecordBatch
from tests.unit.intake.store import Changelog

START = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
BATCHES = 40
SIZE = 60
BATCH_S = 60


class Partition:
    """One partition of a source as the engine runs it, with or without a copy of its state in memory."""

    def __init__(self, parts: IntakeParts, source: Source, *, held: bool) -> None:
        self.parts, self.source, self.held = parts, source, held
        self.changelog = Changelog()
        self.open()

    def open(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.intake = self.parts.intake(self.source, self.state)
        if self.held:
            self.state.release()

    def round(self, values: list[bytes], now: datetime, *, fails: bool) -> list[tuple[str, bytes | None]]:
        """A batch and a tick behind it; returns what was written, nothing if the round fails."""
        now_ms = int(now.timestamp() * 1000)
        batch = RecordBatch.of(RAW[self.source], 0, values, timestamps_ms=[now_ms] * len(values))
        out = Outbox("intake")
        out.bind(batch)
        self.intake.take(batch, out, now)
        self.intake.tick(out, now_ms)
        if fails:
            self.state.rollback()
            return []
        self.changelog.commit(self.state)
        return [(output.topic, output.value) for output in out.outputs]


def batches(parts: IntakeParts, source: Source) -> Iterator[list[bytes]]:
    """An hour of a small province, one batch a minute."""
    province = build_province(list(parts.catalogue.communes.values()), parts.rules, 3, PROVINCE.scaled(0.01))
    feed = Generator(
        province, parts.rules, STEADY, seed=3, start=START, rate=SIZE / BATCH_S, sources=[source]
    )  # fmt: skip
    for _ in range(BATCHES):
        yield [event.body for event in feed.take(SIZE)]


@pytest.mark.parametrize("source", SOURCES)
def test_an_intake_writes_the_same_whether_its_state_is_kept_beside_it_or_not(
    parts: IntakeParts, source: Source
) -> None:
    kept, held = Partition(parts, source, held=False), Partition(parts, source, held=True)
    wrote = 0
    for number, values in enumerate(batches(parts, source)):
        now = START + timedelta(seconds=BATCH_S * (number + 1))
        for fails in (number % 3 == 1, False):
            expected = kept.round(values, now, fails=fails)
            assert held.round(values, now, fails=fails) == expected
        wrote += len(expected)
        assert held.changelog.records == kept.changelog.records
        assert held.changelog.note == kept.changelog.note
        assert len(held.state) == 0
        if number % 7 == 6:
            kept.open()
            held.open()
    assert wrote
    assert kept.changelog.records
