from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc import metrics
from ioc.area import AreaWriter, CoverageTotals, ProgrammeProgress
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.catalog.programme import GapProgramme, Spot
from ioc.detect.bts.coverage import CellDays, Samples, cell_at, class_of
from ioc.events.bts import Bts
from ioc.intake.companion import Notice
from ioc.intake.coverage import CoverageWatch
from ioc.intake.coverage_book import CoverageBook, CoverageRow, row_name, summary
from ioc.records import CoverageBunch, Health, Signal, decode, encode
from tests.unit.detect.support import NOON, rules
from tests.unit.intake.network import sample
from tests.unit.intake.store import Changelog

RULES = rules().bts.coverage
CATALOGUE = load_catalogue(load_folder(shipped_province()))
HALONG = (20.9517, 107.0807)
HAMLET = (21.30, 107.40)
DAY = 24 * 60
SPOT = Spot("s-1", "Khu A", "06652", "on_air", *HAMLET, operator=None, technology="4G")
PROGRAMME = GapProgramme(54, 25, (SPOT,), {"planned": 32, "on_air": 33})


class Cells:
    """One partition's coverage."""

    def __init__(self, changelog: Changelog | None = None, programme: GapProgramme = PROGRAMME) -> None:
        self.changelog = changelog or Changelog()
        self.state = self.changelog.recover()
        self.watch = CoverageWatch(RULES, self.state, programme, checkpoint=timedelta(minutes=5))
        self.state.release()

    def measure(self, rsrp: float, count: int = 30, day: float = 0, place: tuple[float, float] = HALONG,
                operator: str = "viettel") -> None:  # fmt: skip
        self.send(sample(day * DAY + n / 60, rsrp=rsrp, place=place, operator=operator) for n in range(count))

    def send(self, samples: Iterable[Bts]) -> None:
        for one in samples:
            assert self.watch.take(one, one.observed_at.timestamp(), 0) is None
        self.watch.flush(0)
        self.changelog.commit(self.state)

    def tick(self, day: float = 0.1) -> list[Notice]:
        notices = list(self.watch.tick(now_ms(day)))
        self.changelog.commit(self.state)
        return notices

    def rows(self, day: float = 0.1) -> list[CoverageRow]:
        """What would be read of this partition, had it all been written down now."""
        book = CoverageBook(RULES, CATALOGUE)
        for key, row in self.watch._rows.items():
            book.add(row_name(key), row.days.encode())
        return list(book.rows(now_ms(day)))

    def classes(self, day: float = 0.1) -> list[str]:
        return [row.coverage for row in self.rows(day)]


def now_ms(day: float) -> int:
    return round((NOON + timedelta(days=day)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("samples", "coverage"),
    [
        (Samples(0, 0, 0), "no_data"),
        (Samples(29, 0, 0), "no_data"),
        (Samples(29, 29, 29), "no_data"),
        (Samples(30, 14, 0), "gap"),
        (Samples(30, 15, 0), "weak"),
        (Samples(100, 100, 94), "weak"),
        (Samples(100, 95, 95), "ok"),
    ],
)
def test_classes_follow_the_shares(samples: Samples, coverage: str) -> None:
    assert class_of(RULES, samples) == coverage


@pytest.mark.parametrize(("rsrp", "coverage"), [(-115.1, "gap"), (-115, "weak"), (-110.1, "weak"), (-110, "ok")])
def test_a_level_is_reached_by_what_equals_it(rsrp: float, coverage: str) -> None:
    cells = Cells()
    cells.measure(rsrp)
    assert cells.classes() == [coverage]


def test_too_few_samples_are_neither_a_gap_nor_coverage() -> None:
    cells = Cells()
    cells.measure(-130, 29)
    cells.tick()
    assert cells.classes() == ["no_data"]
    assert Owner().hear(0, cells).counts == {"ok": 0, "gap": 0, "weak": 0, "no_data": 1}
    assert Owner().hear(0, cells).ratio is None


def test_samples_count_for_seven_days() -> None:
    cells = Cells()
    cells.measure(-130, 20, day=0)
    cells.measure(-130, 20, day=6)
    assert cells.classes(6) == ["gap"]
    assert cells.classes(7) == ["no_data"]
    assert cells.classes(200) == []
    cells.measure(-80, 30, day=13)
    assert cells.classes(13) == ["ok"]


def test_late_samples_belong_to_their_day() -> None:
    cells = Cells()
    cells.measure(-80, 20, day=6)
    cells.measure(-80, 10, day=0)
    cells.measure(-130, 500, day=-1)  # its day is over for good
    assert cells.classes(6) == ["ok"]


def test_operators_technologies_and_cells_are_rows_of_their_own() -> None:
    cells = Cells()
    cells.measure(-80)
    cells.measure(-130, operator="vnpt")
    cells.measure(-112, place=HAMLET)
    found = {(row.commune, row.operator, row.coverage, row.cell) for row in cells.rows(0)}
    assert {(operator, coverage) for _, operator, coverage, _ in found} == {
        ("viettel", "ok"), ("vnpt", "gap"), ("viettel", "weak"),
    }  # fmt: skip
    assert len({commune for commune, *_ in found}) == 2
    assert f"{cell_at(*HALONG, 8):x}" in {cell for *_, cell in found}
    counted = summary(iter(cells.rows(0)))
    assert sum(classes.total() for classes in counted.values()) == 3
    assert [classes["gap"] for (_, operator, _), classes in counted.items() if operator == "vnpt"] == [1]


def test_a_sample_without_position_or_strength_tells_nothing() -> None:
    cells = Cells()
    cells.send([sample(0, rsrp=-80), sample(1, sinr=3, place=HALONG)])
    assert cells.classes() == []


def test_the_ratio_is_that_of_the_measured_rows_of_a_centre() -> None:
    cells = Cells()
    cells.measure(-80)
    cells.measure(-80, operator="vnpt")
    cells.measure(-130, operator="mobifone")
    cells.measure(-130, 3, operator="gtel")
    cells.tick()
    owner = Owner().hear(0, cells)
    assert owner.ratio == 2 / 3
    assert owner.counts == {"ok": 2, "gap": 1, "weak": 0, "no_data": 1}


def test_a_row_that_nobody_measures_any_more_is_forgotten() -> None:
    cells = Cells()
    cells.measure(-80)
    cells.tick()
    owner = Owner().hear(0, cells)
    cells.tick(9)
    assert cells.classes(9) == []
    assert owner.hear(0, cells, day=9).counts == {"ok": 0, "gap": 0, "weak": 0, "no_data": 0}
    assert owner.changelog.records == {}
    assert [key for key, _ in cells.state.items()] == []


def test_rows_survive_a_restart_as_of_the_last_checkpoint() -> None:
    cells = Cells()
    cells.measure(-80)
    cells.tick()
    cells.measure(-80, 5)
    again = Cells(cells.changelog)
    assert again.classes() == ["ok"]
    (row,) = again.rows()
    assert row.samples.total == 30


def test_a_round_that_fails_counts_nothing() -> None:
    cells = Cells()
    cells.measure(-80, 10)
    for one in (sample(0, rsrp=-80, place=HALONG), sample(0, rsrp=-80, place=HAMLET)):
        cells.watch.take(one, one.observed_at.timestamp(), 0)
    cells.state.rollback()
    assert [row.samples.total for row in cells.rows(0)] == [10]
    cells.measure(-80, 20)
    assert cells.classes() == ["ok"]


def test_a_change_of_the_days_that_count_begins_anew() -> None:
    days = CellDays(7)
    days.turn(20_000)
    assert CellDays.decode(days.encode(), 14) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(-140, -44), st.booleans()), max_size=60), st.integers(0, 9))
def test_the_window_holds_what_a_list_of_all_samples_says(samples: list[tuple[int, float, bool]], later: int) -> None:
    """Whatever the order of days, whichever rounds fail and are done again, and after a restart."""
    cells = Cells()
    newest = 0
    for day, rsrp, fails in samples:
        newest = max(newest, day)
        one = sample(day * DAY, rsrp=rsrp, place=HALONG)
        if fails:
            cells.watch.take(one, one.observed_at.timestamp(), 0)
            cells.state.rollback()
        cells.send([one])
    cells.tick(newest)
    within = [
        rsrp
        for at, (day, rsrp, _) in enumerate(samples)
        if newest + later - RULES.days < day and day > max(d for d, *_ in samples[: at + 1]) - RULES.days
    ]
    counts = (
        len(within), sum(rsrp >= RULES.gap_dbm for rsrp in within), sum(rsrp >= RULES.weak_dbm for rsrp in within),
    )  # fmt: skip
    for each in (cells, Cells(cells.changelog)):
        assert [row.samples for row in each.rows(newest + later)] == [counts] * bool(within)


def test_what_several_partitions_know_of_a_cell_is_added_up() -> None:
    one, other = Cells(), Cells()
    one.measure(-80, 16)
    other.measure(-130, 14)
    book = CoverageBook(RULES, CATALOGUE)
    for cells in (one, other):
        cells.tick()
        for name, value in cells.changelog.records.items():
            book.add(name, value)
    (row,) = book.rows(now_ms(0))
    assert (row.samples, row.coverage) == (Samples(30, 16, 16), "weak")


def test_a_cell_that_sites_of_two_partitions_serve_is_one_with_one_class() -> None:
    owner, one, other = Owner(), Cells(), Cells()
    one.measure(-80, 16)
    other.measure(-130, 14)
    for partition, cells in enumerate((one, other)):
        cells.tick()
        owner.hear(partition, cells)
    assert owner.counts == {"ok": 0, "gap": 0, "weak": 1, "no_data": 0}
    one.measure(-80, 300)
    one.tick(0.2)
    assert owner.hear(0, one, day=0.2).counts == {"ok": 1, "gap": 0, "weak": 0, "no_data": 0}


def test_nothing_is_told_twice_and_a_failed_round_tells_again() -> None:
    cells = Cells()
    cells.measure(-80)
    cells.tick()
    (bunch,) = cells.watch.bunches(now_ms(0.1))
    cells.state.rollback()
    assert cells.watch.bunches(now_ms(0.1)) == [bunch]
    cells.changelog.commit(cells.state)
    cells.tick(0.2)
    assert cells.watch.bunches(now_ms(0.2)) == []


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from([-80, -112, -130]), st.integers(1, 40), st.sampled_from("abc"),
            st.sampled_from([HALONG, HAMLET]), st.sampled_from(["commit", "rollback", "restart", "crash"]),
        ),
        max_size=10,
    )
)  # fmt: skip
def test_the_owner_counts_what_the_book_of_all_partitions_says(
    plan: list[tuple[int, int, int, str, tuple[float, float], str]],
) -> None:
    """Whatever rounds fail at the owner, and whoever takes over there or at a partition."""
    owner, partitions = Owner(), [Cells(), Cells(), Cells()]
    day = 0.1
    for number, rsrp, count, operator, place, ending in plan:
        cells = partitions[number]
        cells.measure(rsrp, count, place=place, operator=operator)
        day += 0.01
        cells.tick(day)
        if ending == "restart":
            cells = partitions[number] = Cells(cells.changelog)
            cells.tick(day)
        owner.hear(number, cells, day=day, commit=ending != "rollback")
        if ending == "rollback":
            owner.hear(number, cells, day=day, again=True)
        elif ending == "crash":
            owner = Owner(owner.changelog)
    for number, cells in enumerate(partitions):  # four bunches are told at once; a new partition may owe more
        owner.hear(number, cells, day=day)
    book = CoverageBook(RULES, CATALOGUE)
    for cells in partitions:
        for key, row in cells.watch._rows.items():
            book.add(row_name(key), row.days.encode())
    said = Counter((row.centre, row.coverage) for row in book.rows(now_ms(day)))
    assert owner.by_centre == said


class Owner:
    """The province's owner, which adds up what partitions tell."""

    def __init__(self, changelog: Changelog | None = None) -> None:
        self.changelog = changelog or Changelog()
        self.state = self.changelog.recover()
        self.totals = CoverageTotals(RULES, CATALOGUE)
        for key, value in self.state.items():
            self.totals.load(key, value)
        self.last: list[CoverageBunch] = []

    def hear(
        self, partition: int, cells: Cells, *, day: float = 0.1, commit: bool = True, again: bool = False
    ) -> Owner:
        """Take in what a partition has to tell, or the same again."""
        if not again:
            self.last = cells.watch.bunches(now_ms(day))
            cells.watch._told_ms = [0] * 64
        said = decode(Health, encode(Health("bts", partition, NOON, coverage=self.last)))
        self.totals.health(said, NOON, AreaWriter(self.state))
        if commit:
            self.changelog.commit(self.state)
        else:
            self.state.rollback()
        return self

    @property
    def by_centre(self) -> Counter[tuple[str, str]]:
        name = metrics.BTS_COVERAGE_CELLS.name
        return Counter(
            {(key[1], key[2]): int(n) for key, n in self.totals.gauges(NOON).items() if key[0] == name and n}
        )

    @property
    def counts(self) -> dict[str, float]:
        centre = CATALOGUE.locate(*HALONG).centre
        return {key[2]: n for key, n in self.totals.gauges(NOON).items() if key[1] == centre and len(key) > 2}

    @property
    def ratio(self) -> float | None:
        return self.totals.gauges(NOON).get((metrics.BTS_COVERAGE_RATIO.name, CATALOGUE.locate(*HALONG).centre))


class TestProgramme:
    def test_a_spot_with_coverage_is_told_once(self) -> None:
        cells = Cells()
        cells.measure(-80, place=HAMLET)
        (notice,) = cells.tick()
        assert (notice.finding.device, notice.finding.kind, notice.finding.clears) == ("s-1", "gap-spot", True)
        assert "30 mẫu đo trong 7 ngày, 100 % đạt từ -110 dBm" in notice.finding.text
        assert (notice.lat, notice.lon) == HAMLET
        assert cells.tick() == []
        assert Cells(cells.changelog).tick() == []

    @pytest.mark.parametrize("rsrp", [-112, -130])
    def test_weak_coverage_or_a_gap_verifies_nothing(self, rsrp: float) -> None:
        cells = Cells()
        cells.measure(rsrp, place=HAMLET)
        assert cells.tick() == []

    def test_a_spot_may_wait_for_one_operator(self) -> None:
        cells = Cells(programme=GapProgramme(spots=(dataclasses.replace(SPOT, operator="vnpt"),)))
        cells.measure(-80, place=HAMLET)
        assert cells.tick() == []
        cells.measure(-80, place=HAMLET, operator="vnpt")
        assert len(cells.tick()) == 1

    def test_the_owner_counts_spots_by_state(self) -> None:
        changelog = Changelog()
        state = changelog.recover()
        progress = ProgrammeProgress(PROGRAMME)
        now = datetime(2026, 11, 27, tzinfo=UTC)
        assert spots(progress, now) == {"planned": 32, "on_air": 34, "verified": 0}
        verified = clearing("s-1")
        assert progress.signal(verified, now, AreaWriter(state)) is verified
        assert spots(progress, now) == {"planned": 32, "on_air": 33, "verified": 1}
        state.rollback()
        assert spots(progress, now)["verified"] == 0
        progress.signal(verified, now, AreaWriter(state))
        progress.signal(clearing("not-in-the-programme"), now, AreaWriter(state))
        changelog.commit(state)
        again = ProgrammeProgress(PROGRAMME)
        for key, value in changelog.records.items():
            again.load(key, value)
        assert spots(again, now) == {"planned": 32, "on_air": 33, "verified": 1}

    def test_a_province_without_a_programme_shows_nothing(self) -> None:
        assert ProgrammeProgress(GapProgramme()).gauges(NOON) == {}


def spots(progress: ProgrammeProgress, now: datetime) -> dict[str, float]:
    return {key[1]: value for key, value in progress.gauges(now).items()}


def clearing(spot: str) -> Signal:
    return Signal(
        signal_id=f"bts:{spot}", source="bts", event_id=spot, kind="gap-spot", category="telecom",
        subcategory="no_signal", severity="low", confidence=1.0, at=NOON, commune="00000", centre="province", lat=None,
        lon=None, located_by="none", location_confidence=0.0, title="", text="", evidence={}, rule_id="", versions={},
        accepted_at=NOON, publisher="p", device=spot, clears=True,
    )  # fmt: skip
