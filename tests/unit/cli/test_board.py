from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from connectors.cli.board import Board, clean, plain_line
from connectors.cli.feed import Lost
from connectors.cli.panels import help_panel, incident_panel

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def alert(incident: str = "22-06673-20261122-ABCDEF", **changes: Any) -> dict[str, Any]:
    return {
        "incident_id": incident,
        "at": (NOW - timedelta(seconds=7)).isoformat(),
        "severity": "critical",
        "centre": "some-centre",
        "category": "fire_rescue",
        "title": "Cháy nhà 3 tầng, có người mắc kẹt",
        "reason": "opened",
        "status": "routed",
        "evidence_count": 3,
        **changes,
    }


def drawn(board: Board, width: int, height: int = 24) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False)
    console.print(board.render(NOW, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def board() -> Board:
    board = Board("ioc watch", "http://here")
    board.note = ""
    return board


@pytest.mark.parametrize("width", [80, 100, 132, 200])
def test_every_width_shows_the_whole_of_an_alert(board: Board, width: int) -> None:
    board.take(alert())
    shown = drawn(board, width)
    for part in ("7s", "critical", "some-cent", "Cháy nhà 3 tầng", "mới", "3", "22-06673-20261122-ABCDEF", "cháy nổ"):
        assert part in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 132])
def test_many_alerts_and_the_banner_stay_within_the_screen(board: Board, width: int) -> None:
    for number in range(100):
        board.take(alert(f"22-00000-20261122-{number:06d}", title="Ngập " * 60))
    board.lost = Lost(NOW - timedelta(seconds=75), "a long reason " * 20)
    lines = drawn(board, width).splitlines()
    assert len(lines) <= 24
    assert "000099" in "\n".join(lines)
    assert "000000" not in "\n".join(lines[3:]).replace("22-00000", "")


def test_an_incident_stands_once_with_its_newest_state_on_top(board: Board) -> None:
    board.take(alert("one"))
    board.take(alert("two"))
    board.take(alert("one", reason="worsened", evidence_count=9))
    shown = drawn(board, 150)
    assert shown.index("one") < shown.index("two")
    assert shown.count("one") == 1
    assert "nặng thêm" in shown
    assert "2 incidents, 3 alerts" in shown


def test_a_lost_connection_is_told_with_the_time_of_the_last_news(board: Board) -> None:
    board.take(alert())
    board.lost = Lost(NOW - timedelta(minutes=3), "ConnectError")
    shown = drawn(board, 80)
    assert "mất kết nối từ" in shown
    assert "(3m)" in shown
    assert "connection lost" in shown


def test_text_of_others_cannot_steer_the_terminal() -> None:
    hostile = "Ngập\x1b[2J \x07ở\n\rđây\u202e\u200b!"
    assert clean(hostile) == "Ngập[2J ở đây!"
    assert clean(unicodedata.normalize("NFD", "Cẩm Phả")) == "Cẩm Phả"
    assert "\x1b" not in plain_line(alert(title=hostile))


def test_an_alert_with_fields_of_another_version_is_still_shown(board: Board) -> None:
    board.take({"incident_id": "x", "at": "soon", "severity": "odd"})
    assert "odd" in drawn(board, 80)


@pytest.mark.parametrize("width", [100, 160])
def test_what_may_be_the_same_is_named_once_when_an_incident_opens(board: Board, width: int) -> None:
    similar = [{"incident_id": "22-06673-20261122-ZZZZZZ", "score": 0.7}]
    board.take(alert(title="Cháy nhà", similar=similar))
    assert "≈ ZZZZZZ?" in drawn(board, width)
    board.take(alert(title="Cháy nhà", reason="updated", similar=similar))
    assert "≈" not in drawn(board, width)


@pytest.mark.parametrize("width", [80, 200])
def test_the_next_report_that_is_owed_stands_beside_the_title(board: Board, width: int) -> None:
    first, second = NOW + timedelta(hours=24), NOW + timedelta(hours=72)
    owed = [
        {"name": "report", "due_at": second.isoformat(), "done_at": None, "missed": False},
        {"name": "first_notice", "due_at": first.isoformat(), "done_at": None, "missed": False},
    ]
    board.take(alert(title="Tấn công", deadlines=owed))
    assert f"báo cáo trước {first.astimezone():%H:%M %d/%m}" in drawn(board, width)
    board.take(alert(title="Tấn công", deadlines=[owed[0], {**owed[1], "done_at": NOW.isoformat()}]))
    assert f"báo cáo trước {second.astimezone():%H:%M %d/%m}" in drawn(board, width)
    board.take(alert(title="Tấn công", deadlines=[{"due_at": "?"}, 7]))
    assert "báo cáo" not in drawn(board, width)


def names(board: Board, width: int = 150, height: int = 12) -> list[str]:
    """Incidents on the screen, from the top."""
    return [
        word for line in drawn(board, width, height).splitlines() for word in line.split() if word.startswith("inc-")
    ]


def test_what_is_selected_stays_so_while_others_come_above_it(board: Board) -> None:
    for number in range(30):
        board.take(alert(f"inc-{number:02d}"))
    board.move(0)
    assert board.selected == "inc-29"
    board.move(2)
    assert board.selected == "inc-27"
    for number in range(30, 60):
        board.take(alert(f"inc-{number:02d}"))
    assert "inc-27" in names(board)
    board.take(alert("inc-27", reason="worsened"))
    assert names(board)[0] == "inc-27"
    board.follow()
    board.take(alert("inc-99"))
    assert names(board)[0] == "inc-99"


@pytest.mark.parametrize("width", [40, 80, 150])
def test_every_row_can_be_reached(board: Board, width: int) -> None:
    for number in range(30):
        board.take(alert(f"inc-{number:02d}"))
    names(board, width)
    seen = set()
    board.move(0)
    for _ in range(30):
        shown = names(board, width)
        assert board.selected in shown
        seen.update(shown)
        board.move(1)
    assert len(seen) == 30
    board.page(-1)
    assert board.selected != "inc-00"
    board.move(-1000)
    assert board.selected == "inc-29"


def test_a_row_is_marked_when_it_was_acknowledged_until_it_gets_graver(board: Board) -> None:
    board.take(alert("inc-1"))
    board.acknowledged("inc-1")
    board.acknowledged("inc-unknown")
    assert "✓" in drawn(board, 150)
    board.take(alert("inc-1", reason="updated"))
    assert "✓" in drawn(board, 80)
    board.take(alert("inc-1", reason="worsened"))
    assert "✓" not in drawn(board, 150)


@pytest.mark.parametrize(("width", "height"), [(40, 10), (63, 24), (64, 5), (200, 60)])
def test_a_small_screen_holds_everything_with_its_last_line(board: Board, width: int, height: int) -> None:
    for number in range(40):
        board.take(alert(f"22-00000-20261122-{number:06d}", title="Ngập " * 40))
    board.lost = Lost(NOW - timedelta(seconds=75), "a long reason " * 20)
    board.move(7)
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=False)
    console.print(board.render(NOW, width, height, Text("? phím · keys " * 20)))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= max(height, 8)
    assert max(cell_len(line) for line in lines) <= width
    assert lines[-1].startswith("? phím")


def test_an_incident_is_shown_with_what_is_known_now() -> None:
    incident = {
        "incident_id": "inc-1", "status": "accepted", "acknowledged_by": "an", "acknowledged_at": NOW.isoformat(),
        "unit": "csgt", "due_at": "never", "overdue": True, "title": "x",
        "history": [{"at": NOW.isoformat(), "action": "acknowledge", "by": "an\x1b[2J", "reason": ""}] * 30,
    }  # fmt: skip
    console = Console(file=io.StringIO(), width=90, height=30, force_terminal=False)
    console.print(incident_panel(alert("inc-1", title="Cháy\x1b[2J"), incident, 30))
    console.print(incident_panel(alert("inc-1"), None, 30))
    console.print(incident_panel(alert("inc-1"), "The gateway is away.", 5))
    console.print(help_panel())
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for part in ("accepted · quá hạn", "an, ", "csgt", "reading…", "The gateway is away.", "acknowledge"):
        assert part in shown
    assert "\x1b" not in shown
    assert shown.count("acknowledge  an") == 6
