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


def test_a_key_with_a_rate_of_its_own_has_its_own_bucket() -> None:
    rates = Rates(rate=1000, burst=1000, least=10)
    assert rates.standing("slow", 0, rate=2) == (10, 10, 0)
    assert rates.take("slow", 10, now=0, rate=2) == 0
    assert rates.take("slow", 1, now=0, rate=2) == 0.5
    assert rates.take("slow", 3, now=1, rate=2) == 0.5  # 3 wanted, 2 there, 2 a second
    assert rates.standing("slow", 1.5, rate=2) == (10, 3, 4)  # 7 are missing: 3.5 s
    assert rates.standing("fast", 0, rate=5000).limit == 5000
    assert rates.take("everybody", 1000, now=0) == 0
    assert rates.standing("everybody", 0.5) == (1000, 500, 1)


def test_a_raised_rate_holds_at_once() -> None:
    rates = Rates(rate=1, burst=1)
    assert rates.take("a", 1, now=0) == 0
    assert rates.take("a", 50, now=0.25, rate=100) == 0.25  # 25 there, 25 wanting


def test_waits_are_whole_seconds_and_never_none() -> None:
    assert [retry_after(each) for each in (0.01, 1.0, 1.2)] == ["1", "1", "2"]
