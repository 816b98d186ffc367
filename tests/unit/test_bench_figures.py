"""How the benchmarks turn what they have seen into figures."""

import pytest

from tests.bench.compare import middle as median_of
from tests.bench.compare import problem_of, ratio
from tests.bench.latency import percentiles
from tests.bench.runner import Run
from tests.bench.scale import Sample, middle


def test_percentiles_are_milliseconds_to_three_digits() -> None:
    found = percentiles([number / 1000 for number in range(1, 1001)])  # 1 ms to 1 s
    assert found["p50"] == pytest.approx(500, rel=0.002)
    assert found["p99"] == pytest.approx(990, rel=0.002)
    assert found["max"] == pytest.approx(1000, rel=0.002)


def test_the_middle_of_a_run_leaves_start_and_end_out() -> None:
    # 1,000 events: slow until 200, then 100 a second, then slow again from 900 on.
    samples = [Sample(0, 0, 0, 0), Sample(50, 200, 1, 10), Sample(57, 900, 4.5, 17), Sample(99, 1000, 9, 30)]
    found = middle(samples, 1000, workers=1, cap=None)
    assert found.events_per_s == 100
    assert found.workers_cores == 0.5  # 3.5 s of CPU in 7 s
    assert found.cpu_us == 5000
    assert found.broker_cores == 1


def test_wrong_runs_have_no_part_in_the_median() -> None:
    runs = [Run("x", 100, 1.0, 0.1), Run("x", 100, 2.0, 0.1), Run("x", 100, 0.1, 0.1, problem="2 alerts instead of 30")]
    assert median_of(runs)["events_per_s"] == 75
    assert median_of(runs)["right_runs"] == 2
    assert problem_of(runs) == ""
    assert problem_of(runs[2:]) == "2 alerts instead of 30"
    assert median_of(runs[2:]) == {}


def test_a_ratio_needs_both_sides() -> None:
    assert ratio({"events_per_s": 50}, {"events_per_s": 100}, "events_per_s") == "0.50"
    assert ratio({"events_per_s": 50}, {}, "events_per_s") == ""
