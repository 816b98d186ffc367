"""Times and windows on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.cli.main import run
from connectors.cli.silence import _window
from connectors.cli.silences import ending, instant

BEGIN = datetime(2026, 11, 27, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [("30m", timedelta(minutes=30)), ("4h", timedelta(hours=4)), ("2d", timedelta(days=2))],
)
def test_lengths_count_from_the_begin(text: str, length: timedelta) -> None:
    assert ending(text, None, BEGIN) == BEGIN + length


def test_an_end_may_be_a_time() -> None:
    assert ending(None, "2026-12-01T18:00+07:00") == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert instant("2026-12-01T18:00").tzinfo is not None


@pytest.mark.parametrize(
    ("lasts", "until"), [(None, None), ("4h", "2026-12-01T18:00"), ("4", None), ("4w", None), (None, "tomorrow")]
)
def test_what_is_no_end_is_said(lasts: str | None, until: str | None) -> None:
    with pytest.raises(CommandError) as said:
        ending(lasts, until)
    assert said.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("22:00-05:00", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        ("mon-fri 22:00-05:00", ["mon", "tue", "wed", "thu", "fri"]),
        ("sat-mon 22:00-05:00", ["sat", "sun", "mon"]),
        ("sun 22:00-05:00", ["sun"]),
    ],
)
def test_windows_are_days_and_times(text: str, days: list[str]) -> None:
    assert _window(text) == {"days": days, "start": "22:00", "end": "05:00"}


@pytest.mark.parametrize("text", ["", "22:00", "monday 22:00-05:00", "xyz 22:00-05:00", "mon-xyz 22:00-05:00"])
def test_what_is_no_window_is_said(text: str) -> None:
    with pytest.raises(CommandError):
        _window(text)


def test_an_end_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["silence", "add", "severity = low", "--owner", "x", "--reason", "y"]) == EXIT_USAGE
    assert "--for or --until" in capsys.readouterr().err
