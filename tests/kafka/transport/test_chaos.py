"""Three workers and whatever may happen to them. The long form is ``python -m tests.chaos``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deploy.local.kafka import Broker
from tests.chaos.books import balance
from tests.chaos.course import run

SECONDS = 30.0


@pytest.mark.chaos
def test_every_accepted_event_comes_out_once_in_order_and_counted_right(broker: Broker, tmp_path: Path) -> None:
    """Faults of workers; those of the broker have tests of their own, and both meet in the long form."""
    result = asyncio.run(
        run(broker, tmp_path, seconds=SECONDS, seed=20, rate=300.0, pause_s=(0.2, 1.5), break_broker=False)
    )
    logs = "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(tmp_path.glob("worker-*.log")))
    assert result.faults.total() >= 5
    assert result.balance.accepted > SECONDS * 100
    assert result.balance.clean, f"{result}\n{logs}"
    assert min(result.direct, result.by_log) > 0, result


def test_the_books_notice_what_they_are_kept_for() -> None:
    rows = [(b"k", b"a"), (b"k", b"b"), (b"l", b"c")]
    assert balance(rows, [(b"k", b"a|1"), (b"k", b"b|2"), (b"l", b"c|1")]).clean
    assert balance(rows, [(b"k", b"a|1"), (b"l", b"c|1")]).lost == 1
    twice = balance(rows, [(b"k", b"a|1"), (b"k", b"a|2"), (b"k", b"b|3"), (b"l", b"c|1")])
    assert (twice.duplicated, twice.lost, twice.disordered_keys) == (1, 0, 0)
    assert balance(rows, [(b"k", b"b|1"), (b"k", b"a|2"), (b"l", b"c|1")]).disordered_keys == 1
    assert balance(rows, [(b"k", b"a|1"), (b"k", b"b|1"), (b"l", b"c|1")]).wrong_counts == 1
    assert balance(rows, [(b"k", b"a|1"), (b"k", b"b|2"), (b"l", b"c|1"), (b"l", b"x|2")]).invented == 1
