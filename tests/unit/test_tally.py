"""Totals survive as the outputs do: committed, rolled back, restarted, outgrown."""

from __future__ import annotations

from ioc import metrics
from ioc.tally import RoundNote, Tally
from streams.transport.state import PartitionState
from tests.unit.intake.store import Changelog


def noted(state: PartitionState) -> Tally:
    return Tally(state, RoundNote(state))


def count(tally: Tally, publisher: str, n: int = 1) -> None:
    tally.begin()
    tally.add(metrics.EVENTS, "sensors", "quiet", n=n)
    tally.add_bounded(metrics.PUBLISHER_EVENTS, publisher, "quiet", n=n)
    tally.flush()


def test_totals_that_fit_beside_the_offset_cost_no_record() -> None:
    changelog = Changelog()
    state = changelog.recover()
    count(noted(state), "a", 3)
    changelog.commit(state)
    assert changelog.records == {}
    assert noted(changelog.recover()).counts[metrics.EVENTS.name, "sensors", "quiet"] == 3


def test_totals_that_outgrow_the_note_go_on_in_the_changelog() -> None:
    changelog = Changelog()
    state = changelog.recover()
    tally = noted(state)
    for n in range(200):
        count(tally, f"publisher-with-a-long-name-{n}")
        changelog.commit(state)
    again = noted(changelog.recover())
    assert again.counts == tally.counts
    assert again.counts[metrics.EVENTS.name, "sensors", "quiet"] == 200


def test_a_failed_round_is_not_counted() -> None:
    state = PartitionState(0)
    tally = noted(state)
    count(tally, "a", 3)
    state.commit()
    count(tally, "a", 4)
    state.rollback()
    assert tally.counts[metrics.EVENTS.name, "sensors", "quiet"] == 3
    assert noted(state).counts == tally.counts


def test_publishers_beyond_the_bound_are_folded() -> None:
    tally = noted(PartitionState(0))
    tally.begin()
    for n in range(metrics.PUBLISHER_EVENTS.max_series + 50):
        tally.add_bounded(metrics.PUBLISHER_EVENTS, f"p{n}", "quiet")
    series = [key for key in tally.counts if key[0] == metrics.PUBLISHER_EVENTS.name]
    assert len(series) <= metrics.PUBLISHER_EVENTS.max_series + 1
    assert tally.counts[metrics.PUBLISHER_EVENTS.name, "other", "quiet"] == 50
