"""Bad data: nothing comes of it, and every piece is counted with its reason."""

from __future__ import annotations

from collections import Counter

import pytest

from ioc.topics import RAW
from tests.scenario.conftest import Play, Played

RATE = 20.0


@pytest.fixture(scope="module")
def played(play: Play, long_run: bool) -> Played:
    """Every kind of broken input ten times; in the long run a hundred times."""
    return play("bad-data", scale=0.01, hours=0.2 if long_run else 0.02, rate=RATE)


def test_every_piece_is_counted_with_its_outcome_and_reason(played: Played) -> None:
    assert played.totals == played.truth["outcomes"]
    reasons = {
        (RAW[source], reason): number
        for source, found in played.truth["reasons"].items()
        for reason, number in found.items()
    }
    assert played.written.rejected == Counter(reasons)


def test_no_signal_comes_of_bad_values(played: Played) -> None:
    """What is left are the good reports, and the word to the provincial centre that a publisher sends rubbish."""
    kinds = Counter(signal["kind"] for _, signal in played.written.signals)
    good = played.truth["outcomes"]["reports"]["signal"]
    assert kinds.pop("citizen_report") == good == played.feed.tally.planted["reports"]
    assert set(kinds) == {"publisher_rejects"}
    assert all(
        signal["evidence"]["source"] in RAW for _, signal in played.written.signals if "source" in signal["evidence"]
    )
    others = {alert["category"] for _, alert in played.written.alerts if alert["sources"] != ["reports"]}
    assert others <= {"other"}
