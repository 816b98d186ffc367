"""How alerts are shown: as lines for scripts, or as a table with keys for people."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final, Self

import orjson
from rich.console import Console
from rich.live import Live
from rich.text import Text

from connectors.cli.board import Board, clean, plain_line
from connectors.cli.console import err, line
from connectors.cli.deeds import Deeds, Outcome
from connectors.cli.feed import Connected, Gap, Lost, News, Notice
from connectors.cli.keyboard import Keyboard
from connectors.cli.panels import help_panel, incident_panel
from ioc.vocabulary import Action

_TOLD_S: Final = 8.0
"""How long the last line keeps what became of a deed."""
_HINT: Final = "? phím · keys   ↑↓ chọn · select   a nhận · acknowledge   q thoát · quit"
_MOST_WORDS: Final = 500


class View:
    """Where notices go; a context manager."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def take(self, notice: Notice) -> None:
        """Show it."""
        raise NotImplementedError

    def tick(self) -> None:
        """Time went by."""


class LineView(View):
    """Alerts on standard output, the state of the connection on standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._lost: Lost | None = None
        self._connected = False

    def take(self, notice: Notice) -> None:
        if isinstance(notice, News):
            line(orjson.dumps(notice.alert).decode() if self._as_json else plain_line(notice.alert))
        elif isinstance(notice, Lost):
            self._lost = notice
            err.print(f"mất kết nối · connection lost: {clean(notice.why)}", markup=False)
        elif isinstance(notice, Gap):
            err.print(f"thiếu cảnh báo · alerts are missing: {notice.why}", markup=False)
        elif isinstance(notice, Connected):
            again = f" again, nothing heard since {self._lost.since:%H:%M:%S} UTC" if self._lost else ""
            if again or not self._connected:
                err.print(f"đã kết nối · connected{again}", markup=False)
            self._lost, self._connected = None, True


class TableView(View):
    """The table on the whole screen; what was there before comes back at the end.

    Args:
        board: What is shown.
        deeds: What acts on incidents; without it they are only looked at.
        leave: Called where somebody wants to quit.

    """

    def __init__(self, board: Board, deeds: Deeds | None, leave: Callable[[], None]) -> None:
        self._board = board
        self._deeds = deeds
        self._leave = leave
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._open = ExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = ""
        self._told_at = datetime.now(UTC)
        self._helping = False
        self._looked_at: str | None = None
        self._incident: dict[str, Any] | str | None = None
        self._asking: tuple[str, Action] | None = None
        self._words = ""

    def __enter__(self) -> Self:
        self._open.enter_context(self._live)
        if sys.stdin.isatty():
            self._open.enter_context(Keyboard(sys.stdin.fileno(), self.press))
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._open.close()

    def take(self, notice: Notice) -> None:
        board = self._board
        if isinstance(notice, News):
            board.take(notice.alert)
        elif isinstance(notice, Connected):
            board.lost, board.note = None, ""
        elif isinstance(notice, Lost):
            board.lost, board.note = notice, ""
        elif isinstance(notice, Gap):
            board.note = f"thiếu cảnh báo · {notice.why}"

    def tick(self) -> None:
        size = self._console.size
        now = datetime.now(UTC)
        if self._helping:
            shown = help_panel()
        elif self._looked_at is not None and (alert := self._board.alert_of(self._looked_at)) is not None:
            shown = incident_panel(alert, self._incident, size.height)
        else:
            shown = self._board.render(now, size.width, size.height, self._foot(now))
        self._live.update(shown, refresh=True)

    def press(self, key: str) -> None:
        """Do what a key is for."""
        if self._asking is not None:
            self._type(key, *self._asking)
        elif self._helping or self._looked_at is not None:
            self._over_the_table(key)
        elif key in _MOVES:
            _MOVES[key](self._board)
        else:
            self._on_the_table(key)
        self.tick()

    def _on_the_table(self, key: str) -> None:
        if key == "q":
            self._leave()
        elif key == "?":
            self._helping = True
        elif key == "escape":
            self._board.follow()
        elif key in {"enter", "a", "c"}:
            incident = self._board.selected
            if incident is None:
                self._tell("chọn một dòng trước (↑↓) · select a row first")
            elif key == "enter":
                self._look(incident)
            else:
                self._begin(incident, key)

    def _over_the_table(self, key: str) -> None:
        if key in {"a", "c"} and self._looked_at is not None:
            self._begin(self._looked_at, key)
        elif key == "?" and not self._helping:
            self._helping = True
            return
        if key in {"escape", "q", "enter", "?", "a", "c"}:
            self._helping, self._looked_at, self._incident = False, None, None

    def _begin(self, incident: str, key: str) -> None:
        if key == "a":
            self._do(incident, "acknowledge")
        else:
            self._asking, self._words = (incident, "comment"), ""

    def _type(self, key: str, incident: str, action: Action) -> None:
        if key == "escape":
            self._asking = None
            self._tell("không gửi · not sent")
        elif key == "enter" and self._words.strip():
            self._asking = None
            self._do(incident, action, self._words.strip())
        elif key == "backspace":
            self._words = self._words[:-1]
        elif key == "clear":
            self._words = ""
        elif len(key) == 1 and len(self._words) < _MOST_WORDS:
            self._words += key

    def _look(self, incident: str) -> None:
        self._looked_at = incident
        self._incident = None
        if self._deeds is None:
            self._incident = "chỉ đọc từ Kafka · read from Kafka: only what its alert says"
        else:
            self._start(self._read(self._deeds, incident))

    async def _read(self, deeds: Deeds, incident: str) -> None:
        found = await deeds.incident(incident)
        if self._looked_at == incident:
            self._incident = found

    def _do(self, incident: str, action: Action, reason: str = "") -> None:
        if self._deeds is None:
            self._tell("chỉ đọc: không có gateway · read only: from Kafka nothing is done")
            return
        self._tell(f"{incident[-6:]}: đang gửi · sending…")
        self._start(self._act(self._deeds, incident, action, reason))

    async def _act(self, deeds: Deeds, incident: str, action: Action, reason: str) -> None:
        outcome: Outcome = await deeds.act(incident, action, reason)
        if outcome.done and action == "acknowledge":
            self._board.acknowledged(incident)
        if outcome.wants_reason and self._asking is None:
            self._asking, self._words = (incident, action), ""
        self._tell(f"{incident[-6:]} {action}: {outcome.words}")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, words: str) -> None:
        self._told, self._told_at = words, datetime.now(UTC)

    def _foot(self, now: datetime) -> Text | None:
        if self._asking is not None:
            return Text(f"{self._asking[0][-6:]} lý do · reason (Enter, Esc): {self._words}█", style="bold")
        if self._told and (now - self._told_at).total_seconds() < _TOLD_S:
            return Text(clean(self._told), style="bold")
        return Text(_HINT, style="dim") if sys.stdin.isatty() else None


_MOVES: Final[dict[str, Callable[[Board], None]]] = {
    "up": lambda board: board.move(-1),
    "k": lambda board: board.move(-1),
    "down": lambda board: board.move(1),
    "j": lambda board: board.move(1),
    "page up": lambda board: board.page(-1),
    "page down": lambda board: board.page(1),
    "home": lambda board: board.follow(),
    "g": lambda board: board.follow(),
    "end": lambda board: board.move(1 << 20),
    "G": lambda board: board.move(1 << 20),
}
