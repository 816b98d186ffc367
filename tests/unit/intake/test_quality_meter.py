"""Counts of quality on one partition: what is told and what is still to be told is exactly what was committed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import Device, common_data
from ioc.intake.quality import QualityMeter
from ioc.quality import Sums, expected_records, load_quality
from ioc.tally import RoundNote, Tally
from streams.transport.state import PartitionState
from tests.unit.intake.store import Changelog
from tests.unit.quality.test_figures import device

RULES = load_quality((common_data() / "quality.toml").read_bytes())
WINDOW_S = RULES.window_s
FIRST_WINDOW = 500_000
ALLOWED_S = RULES.sources["sensors"].allowance_s
DEVICES = {
    each.id: each for each in (*(device(f"d-{n}", interval_s=900.0) for n in range(4)), device("free", "gauge", None))
}


class Record(NamedTuple):
    """One record that was taken in: whose, when, and what of it is good."""

    device: str
    window: int
    delay_s: int
    correct: bool
    new: bool
    conflicting: bool


class Meter:
    """A meter with a state that is committed by hand, and all that it told in rounds that were committed."""

    def __init__(self, devices: dict[str, Device]) -> None:
        self.devices = devices
        self.changelog = Changelog()
        self.told: dict[tuple[int, str], Sums] = {}
        self.now_ms = FIRST_WINDOW * WINDOW_S * 1000
        self.restart()

    def restart(self) -> None:
        self.state = self.changelog.recover()
        note = RoundNote(self.state)
        self.tally = Tally(self.state, note)
        self.meter = QualityMeter("sensors", RULES, self.devices, self.state, note)
        self.state.release()

    def take(self, *records: Record) -> None:
        self.meter.begin()
        for each in records:
            at_s = each.window * WINDOW_S
            self.meter.take(
                each.device, at_s, (at_s + each.delay_s) * 1000, correct=each.correct, new=each.new,
                conflicting=each.conflicting,
            )  # fmt: skip
        self.meter.flush()
        self.tally.flush()

    def tell(self) -> dict[tuple[int, str], Sums]:
        self.now_ms += 10_000
        return {(row.window, row.kind): Sums(*row.sums) for row in self.meter.rows(self.now_ms)}

    def keep(self, told: dict[tuple[int, str], Sums]) -> None:
        self.changelog.commit(self.state)
        for key, sums in told.items():
            self.told[key] = self.told.get(key, Sums()).plus(sums)


def counted(records: list[Record]) -> dict[tuple[int, str], Sums]:
    """The same, by definition and in one go."""
    found: dict[tuple[int, str], Sums] = {}
    firsts = Counter((each.window, each.device) for each in records if each.new)
    for each in records:
        known = DEVICES.get(each.device)
        key = each.window, known.kind if known else ""
        sums = Sums(1, each.correct, not each.new, 1, each.delay_s <= ALLOWED_S, 0, not each.new and each.conflicting)
        found[key] = found.get(key, Sums()).plus(sums)
    for (window, name), number in firsts.items():
        known = DEVICES.get(name)
        if known is not None and known.interval_s is not None:
            key = window, known.kind
            owed = expected_records(WINDOW_S, known.interval_s)
            found[key] = found[key].plus(Sums(complete=min(number, owed)))
    return found


records = st.builds(
    Record, st.sampled_from([*DEVICES, "stranger"]), st.integers(FIRST_WINDOW - 2, FIRST_WINDOW),
    st.sampled_from([0, 5000]), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
rounds = st.lists(
    st.tuples(st.lists(records, max_size=8), st.booleans(), st.sampled_from(["commit", "commit", "rollback", "crash"])),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(rounds, st.sampled_from([0, 20, 1_000]), st.sampled_from([0, 3_500]))
def test_what_was_told_in_the_end_is_what_was_committed(
    plan: list[tuple[list[Record], bool, str]], most_noted: int, filled: int
) -> None:
    """Whatever rounds fail and whoever takes over, whether counts fit into the note or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ioc.intake.quality._MOST_NOTED", most_noted)
        patch.setattr("ioc.tally._MAX_NOTE", filled)
        meter = Meter(DEVICES)
        committed: list[Record] = []
        for taken, tells, ending in plan:
            meter.take(*taken)
            told = meter.tell() if tells else {}
            if ending == "commit":
                committed += taken
                meter.keep(told)
            elif ending == "rollback":
                meter.state.rollback()
            else:
                meter.restart()
        meter.keep(meter.tell())
        meter.restart()
        assert meter.tell() == {}
        assert meter.told == counted(committed)


def test_counts_cost_no_record_while_they_fit_beside_the_offset() -> None:
    meter = Meter(DEVICES)
    meter.take(Record("d-1", FIRST_WINDOW, 0, correct=True, new=True, conflicting=False))
    meter.keep({})
    written = dict(meter.changelog.records)
    for _ in range(50):
        meter.take(Record("d-1", FIRST_WINDOW, 0, correct=True, new=True, conflicting=False))
        meter.keep({})
    assert list(written) == [b"firsts/names/0"]
    assert meter.changelog.records == written


def test_many_devices_are_written_down_together_now_and_then() -> None:
    devices = {f"station-{n:04}": device(f"station-{n:04}") for n in range(3000)}
    meter = Meter(devices)
    writings = 0
    for start in range(0, 3000, 10):
        names = list(devices)[start : start + 10]
        meter.take(*(Record(name, FIRST_WINDOW, 0, correct=True, new=True, conflicting=False) for name in names))
        writings += sum(key.startswith(b"firsts/window/") for key, _ in meter.state.changes())
        meter.keep({})
    assert 10 <= writings <= 40
    meter.restart()
    assert meter.tell()[FIRST_WINDOW, "air-station"].complete == 3000


def test_the_counts_of_old_windows_are_forgotten_with_their_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.intake.quality._MOST_NOTED", 0)
    meter = Meter(DEVICES)
    for window in range(FIRST_WINDOW - 40, FIRST_WINDOW):
        meter.take(Record("d-1", window, 0, correct=True, new=True, conflicting=False))
        meter.keep(meter.tell())
    kept = [key for key in meter.changelog.records if key.startswith(b"firsts/window/")]
    assert len(kept) == 2 + 86_400 // WINDOW_S


def test_a_device_that_has_left_the_register_does_no_harm() -> None:
    meter = Meter(DEVICES)
    meter.take(*(Record(f"d-{n}", FIRST_WINDOW, 0, correct=True, new=True, conflicting=False) for n in range(3)))
    meter.keep({})
    meter.devices = {name: each for name, each in DEVICES.items() if name != "d-1"} | {
        "e": replace(DEVICES["d-1"], id="e")
    }
    meter.restart()
    meter.take(*(Record(name, FIRST_WINDOW, 0, correct=True, new=True, conflicting=False) for name in ("e", "d-2")))
    assert meter.tell()[FIRST_WINDOW, "air-station"] == Sums(5, 5, 0, 5, 5, 5)


def test_a_note_of_an_earlier_release_goes_on() -> None:
    state = PartitionState(0)
    state.load_note('[["ioc_events_total","sensors","quiet",7]]')
    note = RoundNote(state)
    assert Tally(state, note).counts == {("ioc_events_total", "sensors", "quiet"): 7}
    assert QualityMeter("sensors", RULES, DEVICES, state, note).rows(10**12) == []
