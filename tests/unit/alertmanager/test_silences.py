from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ioc.alertmanager import Standing, silence
from ioc.records import Silence

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)  # Monday noon at home
LABELS = {
    "severity": "high", "category": "power_water", "subcategory": "no_power", "centre": "north", "commune": "06685",
    "source": "reports", "mode": "normal",
}  # fmt: skip


def record(**changes: Any) -> Silence:
    values: dict[str, Any] = {
        "silence_id": "22-silence-abc", "kind": "silence", "owner": "Điện lực", "reason": "Cắt điện", "communes": [],
        "centres": ["north"], "matchers": ["category = power_water"], "windows": [],
        "starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=4),
        "created_at": NOW - timedelta(hours=2), "created_by": "tests",
    }  # fmt: skip
    return Silence(**(values | changes))


def test_a_silence_is_told_with_its_centres_as_a_matcher() -> None:
    found = silence(record(matchers=['severity =~ "high|normal"', "commune != 06685"]), NOW, ZONE)
    assert found["matchers"] == [
        {"name": "severity", "value": "high|normal", "isRegex": True, "isEqual": True},
        {"name": "commune", "value": "06685", "isRegex": False, "isEqual": False},
        {"name": "centre", "value": "north", "isRegex": False, "isEqual": True},
    ]
    assert (found["comment"], found["createdBy"]) == ("Điện lực: Cắt điện", "tests")
    assert (found["status"]["state"], found["endsAt"]) == ("active", NOW + timedelta(hours=4))
    several = silence(record(centres=["north", "ha-long"]), NOW, ZONE)["matchers"][-1]
    assert several == {"name": "centre", "value": r"north|ha\-long", "isRegex": True, "isEqual": True}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "active"),
        ({"starts_at": NOW + timedelta(minutes=1)}, "pending"),
        ({"ends_at": NOW}, "expired"),
        ({"ended_at": NOW - timedelta(minutes=1)}, "expired"),
    ],
)
def test_a_silence_is_pending_active_or_expired(changes: dict[str, Any], state: str) -> None:
    assert silence(record(**changes), NOW, ZONE)["status"]["state"] == state


def test_a_recurring_silence_is_told_as_its_present_or_next_occurrence() -> None:
    night: dict[str, Any] = {"days": ["mon", "tue"], "start": "22:00", "end": "05:00"}
    later = record(windows=[night], ends_at=NOW + timedelta(days=7))
    found = silence(later, NOW, ZONE)
    assert found["status"]["state"] == "pending"
    assert found["startsAt"] == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert found["endsAt"] == datetime(2026, 3, 2, 22, tzinfo=UTC)
    assert found["annotations"]["windows"] == "mon tue 22:00-05:00"
    found = silence(later, datetime(2026, 3, 2, 16, tzinfo=UTC), ZONE)
    assert (found["status"]["state"], found["endsAt"]) == ("active", datetime(2026, 3, 2, 22, tzinfo=UTC))
    over = silence(record(windows=[night], ends_at=NOW + timedelta(hours=1)), NOW, ZONE)
    assert over["status"]["state"] == "expired", "it never comes again"


def holding(*records: Silence, reported: bool = False, **labels: str) -> list[str]:
    return Standing.of(records, NOW, ZONE).holding(LABELS | labels, reported=reported)


def test_what_is_in_force_and_fits_holds_an_alert_back() -> None:
    assert holding(record()) == ["22-silence-abc"]
    assert holding(record(), category="traffic") == []
    assert holding(record(), centre="south") == []
    assert holding(record(ended_at=NOW)) == []
    assert holding(record(matchers=["severity =~ high|low", "commune = 06685"])) == ["22-silence-abc"]


def test_what_citizens_say_is_critical_is_held_back_by_what_says_so_only() -> None:
    assert holding(record(), severity="critical", reported=True) == []
    assert holding(record(), severity="critical", reported=False) == ["22-silence-abc"]
    by_name = record(matchers=["category = power_water", "severity = critical"])
    assert holding(by_name, severity="critical", reported=True) == ["22-silence-abc"]


@pytest.mark.parametrize("text", ["device = x", "area != old-town", "time = night", "kind =~ a|b", "nonsense"])
def test_what_alerts_do_not_tell_holds_none_back(text: str) -> None:
    assert holding(record(matchers=["category = power_water", text])) == []


def test_an_emergency_mode_silences_nothing_and_marks_its_place() -> None:
    standing = Standing.of([record(kind="emergency", matchers=[], communes=["06685"])], NOW, ZONE)
    assert standing.holding(LABELS, reported=False) == []
    assert standing.mode("north", "06685") == "emergency"
    assert standing.mode("north", "06700") == "normal"
    whole = Standing.of([record(kind="emergency", matchers=[])], NOW, ZONE)
    assert (whole.mode("north", "06700"), whole.mode("south", "06700")) == ("emergency", "normal")
