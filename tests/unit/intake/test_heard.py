"""What a partition tells of the devices that it heard."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ioc.intake.heard import HeardDevices
from ioc.records import Health
from streams.transport import PartitionState

NOW_MS = 1_790_000_000_000
NOW_S = NOW_MS / 1000


def partition(*, expected: bool = False) -> tuple[HeardDevices, PartitionState]:
    state = PartitionState(3)
    return HeardDevices("sensors", 3, state, again_s=15, expected=expected), state


def times(summaries: list[Health]) -> dict[str, float]:
    return {each.device: each.at.timestamp() - NOW_S for health in summaries for each in health.heard}


def test_of_what_comes_in_one_go_the_newest_is_told() -> None:
    heard, _ = partition()
    for minute in range(-60, 1, 5):  # an hour of readings, the oldest first, accepted together
        heard.take("d", "p", NOW_S + minute * 60, NOW_MS)
    assert times(heard.summaries(NOW_MS)) == {"d": 0}


def test_a_device_is_told_again_when_its_time_has_gone_on() -> None:
    heard, _ = partition()
    for second in range(40):
        heard.take("d", "p", NOW_S + second, NOW_MS + second * 1000)
        if second % 5 == 0:
            told = times(heard.summaries(NOW_MS + second * 1000))
            assert told == ({"d": second} if second % 15 == 0 else {})


def test_a_clock_that_is_ahead_is_taken_for_now() -> None:
    heard, _ = partition()
    heard.take("d", "p", NOW_S + 290, NOW_MS)
    assert times(heard.summaries(NOW_MS)) == {"d": 0}
    heard.take("d", "p", NOW_S + 15, NOW_MS + 15_000)  # it was set right
    assert times(heard.summaries(NOW_MS + 15_000)) == {"d": 15}


def test_account_is_given_of_nothing_only_where_somebody_waits_for_it() -> None:
    heard, _ = partition()
    assert heard.summaries(NOW_MS) == []
    heard, _ = partition(expected=True)
    (first,) = heard.summaries(NOW_MS)
    assert (first.source, first.partition, first.heard, first.read_to) == ("sensors", 3, [], None)
    assert heard.summaries(NOW_MS + 14_999) == []
    assert len(heard.summaries(NOW_MS + 15_000)) == 1


def test_account_says_how_far_was_read_once() -> None:
    heard, state = partition(expected=True)
    heard.read(NOW_MS - 600_000)
    (behind,) = heard.summaries(NOW_MS)
    assert behind.read_to == datetime.fromtimestamp(NOW_S - 600, UTC)
    state.rollback()
    (again,) = heard.summaries(NOW_MS)
    assert again == behind
    state.commit()
    (idle,) = heard.summaries(NOW_MS + 15_000)
    assert idle.read_to is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-900, 900)), max_size=40), st.data())
def test_what_was_told_is_the_newest_of_each_whatever_failed(words: list[tuple[str, int]], data: st.DataObject) -> None:
    heard, state = partition()
    told: dict[str, float] = {}
    for device, at in words:
        heard.take(device, "p", NOW_S + at, NOW_MS)
        if data.draw(st.booleans()):
            news = times(heard.summaries(NOW_MS))
            if data.draw(st.booleans()):
                state.rollback()
            else:
                state.commit()
                assert all(at > told.get(device, -1000) for device, at in news.items())
                told |= news
    told |= times(heard.summaries(NOW_MS))
    for device in {device for device, _ in words}:
        newest = max(min(at, 0) for name, at in words if name == device)
        assert newest - 15 < told[device] <= newest
