from __future__ import annotations

from connectors.gateway.limits import Rates, retry_after


def test_a_bucket_empties_and_fills_with_time() -> None:
    rates = Rates(rate=10, burst=20)
    assert rates.take("a", 20, now=0) == 0
    assert rates.take("a", 5, now=0) == 0.5  # 5 items at 10 a second
    assert rates.take("b", 20, now=0) == 0
    assert rates.take("a", 5, now=0.4) > 0
    assert rates.take("a", 5, now=0.5) == 0
    assert rates.take("a", 20, now=100) == 0  # never more than the burst
    assert rates.take("a", 1, now=100) == 0.1


def test_a_request_larger_than_the_bucket_takes_all_of_it() -> None:
    rates = Rates(rate=1, burst=10)
    assert rates.take("a", 1000, now=0) == 0
    assert rates.take("a", 1000, now=5) == 5


def test_waits_are_whole_seconds_and_never_none() -> None:
    assert [retry_after(each) for each in (0.01, 1.0, 1.2)] == ["1", "1", "2"]
