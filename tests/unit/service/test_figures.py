"""A month's figures: who is credited with what, and where a month begins."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.records import encode
from ioc.service import COLUMNS, Cut, Handled, Key, as_csv, as_html, current, figures, handled, month, rows
from ioc.synthetic import SUFFIX
from tests.unit.incidents.support import Desk, command, signal

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = month("2026-11", Cut(), ZONE)
HCM = Cut(25, time(12))
START = datetime(2026, 11, 10, 3, tzinfo=UTC)


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def step(hours: float, action: str, before: str | None, after: str, rule: str = "rule") -> dict[str, Any]:
    return {"at": at(hours), "by": "x", "action": action, "from": before, "to": after, "rule_id": rule, "reason": ""}


def incident(name: str, *history: dict[str, Any], due: float | None = 24, **more: Any) -> Handled:
    found = handled(
        {
            "incident_id": name, "title": "Cây đổ", "centre": "a", "unit": "u1", "status": history[-1]["to"],
            "opened_at": at(0), "due_at": None if due is None else at(due), "history": history,
        } | more
    )  # fmt: skip
    assert found is not None
    return found


OPENED = step(0, "open", None, "received"), step(0, "route", "received", "routed")
DONE = step(10, "resolve", "routed", "resolved")


def test_calendar_months_and_months_with_a_cut() -> None:
    assert (NOVEMBER.begin.isoformat(), NOVEMBER.end.isoformat()) == (
        "2026-11-01T00:00:00+07:00", "2026-12-01T00:00:00+07:00",
    )  # fmt: skip
    october = month("2025-10", HCM, ZONE)
    assert (october.begin.isoformat(), october.end.isoformat()) == (
        "2025-09-25T12:00:00+07:00", "2025-10-25T12:00:00+07:00",
    )  # fmt: skip
    assert month("2026-01", HCM, ZONE).begin.year == 2025
    with pytest.raises(ValueError, match="is no month"):
        month("2026-13", HCM, ZONE)


@given(
    st.integers(0, 6 * 365 * 86_400).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.builds(Cut, st.integers(1, 28), st.times().map(lambda one: one.replace(microsecond=0))),
)
def test_every_instant_is_in_exactly_one_month(instant: datetime, cut: Cut) -> None:
    period = current(instant, cut, ZONE)
    assert period.holds(instant)
    assert period == month(period.name, cut, ZONE)
    assert current(period.end, cut, ZONE).begin == period.end


def test_on_time_late_and_left_lying() -> None:
    counted = figures(
        [
            incident("on-time", *OPENED, DONE),
            incident("late", *OPENED, DONE, due=9),
            incident("lying", *OPENED, due=100),
            incident("open", *OPENED, due=24 * 60),
            incident("no-target", *OPENED, DONE, due=None),
            incident("rejected", *OPENED, step(1, "reject", "routed", "rejected"), due=1),
        ],
        NOVEMBER,
        NOVEMBER.end,
    )
    mine = counted[Key("a", "u1")]
    assert (mine.received, mine.done, mine.done_on_time, mine.open, mine.open_late) == (6, 3, 2, 2, 1)
    assert mine.on_time_ratio == 2 / 4
    assert mine.median_hours == 10
    assert counted[Key("*", "*")] == counted[Key("a", "*")] == mine


def test_how_long_until_somebody_acknowledged_is_counted_in_the_month_in_which_they_did() -> None:
    counted = figures(
        [
            incident("soon", *OPENED, acknowledged_at=at(0.1)),
            incident("late", *OPENED, DONE, acknowledged_at=at(0.5)),
            incident("nobody", *OPENED),
            incident("next-month", *OPENED, acknowledged_at=at(24 * 30)),
        ],
        NOVEMBER,
        NOVEMBER.end,
    )
    assert counted[Key("a", "u1")].median_ack_minutes == pytest.approx((6 + 30) / 2)
    assert figures([incident("nobody", *OPENED)], NOVEMBER, NOVEMBER.end)[Key("*", "*")].median_ack_minutes is None


def test_a_month_that_goes_on_is_as_of_now() -> None:
    lying = [incident("lying", *OPENED, due=100)]
    assert figures(lying, NOVEMBER, START + timedelta(hours=99))[Key("a", "u1")].open_late == 0
    assert figures(lying, NOVEMBER, START + timedelta(hours=101))[Key("a", "u1")].open_late == 1


def test_what_was_resolved_after_the_month_was_open_in_it() -> None:
    history = (*OPENED, step(24 * 25, "resolve", "routed", "resolved"))
    counted = figures([incident("1", *history, due=100)], NOVEMBER, NOVEMBER.end + timedelta(days=9))
    mine = counted[Key("a", "u1")]
    assert (mine.done, mine.open, mine.open_late) == (0, 1, 1)
    december = figures([incident("1", *history, due=100)], month("2026-12", Cut(), ZONE), NOVEMBER.end)
    assert (december[Key("a", "u1")].received, december[Key("a", "u1")].done) == (0, 1)


def test_returned_and_reopened_count_for_who_had_it() -> None:
    history = (
        *OPENED,
        step(2, "return", "routed", "returned"),
        step(3, "assign", "returned", "routed"),
        step(10, "resolve", "routed", "resolved"),
        step(11, "rate", "resolved", "resolved", "rate-unsatisfied"),
        step(11, "reopen", "resolved", "reopened", "reopen-rating"),
    )
    clocks = [{"unit": "u1", "from": at(0), "to": at(2)}, {"unit": "u2", "from": at(3), "to": None}]
    counted = figures([incident("1", *history, unit="u2", unit_clocks=clocks)], NOVEMBER, START + timedelta(hours=12))
    first, second = counted[Key("a", "u1")], counted[Key("a", "u2")]
    assert (first.received, first.returned, first.reopened, first.open) == (1, 1, 0, 0)
    assert (second.received, second.returned, second.reopened, second.unsatisfied) == (1, 0, 1, 1)
    assert (second.done, second.open) == (0, 1)  # reopened: not done
    assert second.satisfied_ratio == 0


def test_time_that_stood_still_is_no_handling() -> None:
    found = figures([incident("1", *OPENED, DONE, clock={"paused_s": 3600 * 4})], NOVEMBER, NOVEMBER.end)
    assert found[Key("a", "u1")].median_hours == 6


def test_what_a_simulator_made_counts_nowhere() -> None:
    desk = Desk()
    document = orjson.loads(encode(desk.signal(signal("1")).incidents[0]))
    assert handled(document) is not None
    assert handled(document | {"title": document["title"] + SUFFIX}) is None


def test_real_records_are_read() -> None:
    desk = Desk()
    opened = desk.signal(signal("1")).incidents[0].incident_id
    desk.command(command(opened, "resolve", reason="xong"), minutes=30)
    document = orjson.loads(encode(desk.all.incidents[-1]))
    found = handled(document)
    assert found is not None
    counted = figures([found], NOVEMBER, NOVEMBER.end)
    assert counted[Key("a", "unit-1")].done_on_time == 1
    assert counted[Key("a", "unit-1")].median_hours == 0.5


def test_units_are_ranked_and_small_ones_are_not() -> None:
    many = [incident(f"g{number}", *OPENED, DONE, unit="good") for number in range(12)]
    many += [incident(f"b{number}", *OPENED, DONE, unit="bad", due=9 if number else 24) for number in range(12)]
    many += [incident("s", *OPENED, DONE, unit="small")]
    table = rows(figures(many, NOVEMBER, NOVEMBER.end), name=str.upper)
    ranks = [(row[0], row[2]) for row in table if row[1] == "*"]
    assert ranks == [(1, "good"), (2, "bad"), (None, "small"), (None, "*")]
    read = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert list(read[0]) == [*COLUMNS]
    assert (read[1]["unit_name"], read[1]["on_time_percent"]) == ("BAD", "8.33")
    page = as_html(table, NOVEMBER, "Kết quả <xử lý>")
    assert "Kết quả &lt;xử lý&gt; – kỳ 2026-11" in page
    assert page.count("<tr>") == len(table) + 1
