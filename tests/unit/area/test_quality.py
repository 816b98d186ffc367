"""Judging of live data quality at the province's owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ioc.area import AreaWriter, QualityWatch
from ioc.catalog import common_data
from ioc.quality import Sums, load_quality
from ioc.records import Health, QualityRow, Signal
from streams.transport import PartitionState
from tests.unit.intake.store import Changelog
from tests.unit.quality.test_figures import device

RULES = replace(load_quality((common_data() / "quality.toml").read_bytes()), grace_s=600.0, windows=2)
DEVICES = {"a": device("a"), "b": device("b")}
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FIRST = int(START.timestamp()) // 3600 + 1
"""The first whole window after the start."""


class Owner:
    """The watch with its state, committed step by step."""

    def __init__(self) -> None:
        self.changelog = Changelog()
        self.restart()

    def restart(self) -> None:
        self.state: PartitionState = self.changelog.recover()
        self.watch = QualityWatch(RULES, DEVICES)
        for key, value in self.state.items():
            self.watch.load(key, value)

    def hear(self, window: int, sums: Sums, at: datetime, *, commit: bool = True) -> None:
        row = QualityRow(window, "air-station", list(sums))
        self.watch.health(Health("sensors", 0, at, quality=[row]), at, AreaWriter(self.state))
        self._end(commit=commit)

    def tick(self, at: datetime, *, commit: bool = True) -> list[Signal]:
        writer = AreaWriter(self.state)
        self.watch.tick(at, writer)
        self._end(commit=commit)
        return writer.signals

    def _end(self, *, commit: bool) -> None:
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()


def judged(window: int) -> datetime:
    """When a window is judged."""
    return datetime.fromtimestamp((window + 1) * 3600, UTC) + timedelta(seconds=601)


GOOD = Sums(24, 24, 0, 24, 24, 24)
THIN = Sums(24, 24, 0, 24, 24, 12)


def test_a_dimension_that_stays_low_is_told_once_and_its_end_once() -> None:
    owner = Owner()
    owner.tick(START)
    said = []
    for window, sums in enumerate([THIN, THIN, THIN, GOOD, GOOD], start=FIRST):
        owner.hear(window, sums, judged(window))
        said += [(window - FIRST, each.kind, each.clears, each.device) for each in owner.tick(judged(window))]
    kind, name = "quality:complete", "quality/sensors/air-station"
    assert said == [(1, kind, False, name), (3, kind, True, name)]


def test_one_low_window_says_nothing() -> None:
    owner = Owner()
    owner.tick(START)
    for window, sums in enumerate([THIN, GOOD, THIN, GOOD], start=FIRST):
        owner.hear(window, sums, judged(window))
        assert owner.tick(judged(window)) == []


def test_silence_of_registered_devices_is_incomplete() -> None:
    owner = Owner()
    owner.tick(START)
    owner.tick(judged(FIRST))
    (said,) = owner.tick(judged(FIRST + 1))
    assert (said.kind, said.evidence["value"], said.evidence["expected"]) == ("quality:complete", 0.0, 24)
    assert said.text.startswith("Tiêu chí đủ (")


def test_the_window_in_which_counting_began_is_not_judged() -> None:
    owner = Owner()
    owner.tick(START + timedelta(minutes=59))
    assert owner.tick(judged(FIRST - 1)) == []
    assert owner.watch.gauges(START)["ioc_source_quality_ratio", "sensors", "complete"] == 0.0


def test_restart_and_failed_rounds_change_nothing() -> None:
    def run(disturbed: bool) -> list[tuple[str, bool]]:
        owner, said = Owner(), []
        owner.tick(START)
        for window, sums in enumerate([THIN, THIN, GOOD], start=FIRST):
            at = judged(window)
            if disturbed:
                owner.hear(window, GOOD, at, commit=False)
                owner.tick(at, commit=False)
                owner.restart()
                assert owner.tick(at) == []  # what queued meanwhile may not have been counted yet
            owner.hear(window, sums, at)
            said += [(each.signal_id, each.clears) for each in owner.tick(at + timedelta(seconds=700))]
        return said

    assert run(disturbed=True) == run(disturbed=False)
    assert len(run(disturbed=False)) == 2


def test_partitions_add_up() -> None:
    owner = Owner()
    owner.tick(START)
    half = Sums(12, 12, 0, 12, 12, 12)
    for window in (FIRST, FIRST + 1):
        owner.hear(window, half, judged(window))
        owner.hear(window, half, judged(window))
        assert owner.tick(judged(window)) == []
    assert owner.watch.gauges(START)["ioc_source_quality_ratio", "sensors", "complete"] == 1.0


def test_counts_are_forgotten_after_a_week() -> None:
    owner = Owner()
    owner.tick(START)
    owner.hear(FIRST, GOOD, judged(FIRST))
    owner.tick(judged(FIRST))
    assert any(key.startswith(b"quality/sums/") for key in owner.changelog.records)
    owner.tick(judged(FIRST) + timedelta(days=9))
    assert not any(key.startswith(b"quality/sums/") for key in owner.changelog.records)
