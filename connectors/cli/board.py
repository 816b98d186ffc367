"""The live table of ``ioc watch``: what it holds and how it looks at a given width. No terminal, no clock here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from connectors.cli.console import CATEGORY_VI, REASON_VI, SEVERITY_STYLE, age
from connectors.cli.feed import Alert, Lost

WIDE: Final = 132
"""Columns from which everything stands in one line; below, each incident takes two."""
_SLIM: Final = 64
"""Columns below which the centre has no place."""
_FRESH: Final = timedelta(seconds=5)
_KEPT: Final = 500
_CLOSED: Final = frozenset({"resolved", "closed", "rejected"})
_SEEN_ANEW: Final = frozenset({"opened", "worsened", "escalated"})
"""Reasons of alerts after which an acknowledgement may not hold any more."""


class _Marks(NamedTuple):
    """Which rows are marked.

    Attributes:
        selected: Incident that is acted on.
        taken: Incidents that were acknowledged here.

    """

    selected: str | None
    taken: set[str]

    def style(self, alert: Alert) -> str:
        """Of an alert's row."""
        return "reverse" if str(alert["incident_id"]) == self.selected else _style(alert)

    def sign(self, alert: Alert) -> str:
        """Before its title."""
        return "✓ " if str(alert["incident_id"]) in self.taken else ""


def clean(text: object) -> str:
    """Text of others, safe on a terminal: composed, one line, without control, format or bidi characters."""
    composed = unicodedata.normalize("NFC", str(text or ""))
    printable = (" " if char.isspace() else char for char in composed if char.isspace() or _visible(char))
    return " ".join("".join(printable).split())


def _visible(char: str) -> bool:
    return not unicodedata.category(char).startswith("C")


class Board:
    """The newest state of each incident that an alert came for, the newest on top."""

    def __init__(self, title: str, place: str) -> None:
        self.title = title
        self.place = place
        self.lost: Lost | None = None
        self.note = "connecting…"
        self.received = 0
        self.selected: str | None = None
        """Incident that is acted on; it stays so while others come above it."""
        self._rows: dict[str, Alert] = {}
        self._taken: set[str] = set()
        self._first = 0
        self._room = 1

    def take(self, alert: Alert) -> None:
        """Add an alert: a new row, or an incident's row brought up to date and to the top."""
        self.received += 1
        incident = str(alert["incident_id"])
        self._rows.pop(incident, None)
        self._rows[incident] = alert
        if alert.get("reason") in _SEEN_ANEW:
            self._taken.discard(incident)
        if len(self._rows) > _KEPT:
            oldest = next(each for each in self._rows if each != self.selected)
            del self._rows[oldest]
            self._taken.discard(oldest)

    def acknowledged(self, incident: str) -> None:
        """Mark an incident as somebody's, until it gets graver or is told to others."""
        if incident in self._rows:
            self._taken.add(incident)

    def alert_of(self, incident: str) -> Alert | None:
        """The newest alert about an incident that is shown."""
        return self._rows.get(incident)

    def move(self, rows: int) -> None:
        """Select the row so many below the selected one; the first where none is."""
        names = list(self._rows)[::-1]
        if not names:
            return
        place = names.index(self.selected) + rows if self.selected in self._rows else 0
        self.selected = names[max(0, min(place, len(names) - 1))]

    def page(self, pages: int) -> None:
        """Select a row screens further down."""
        self.move(pages * self._room)

    def follow(self) -> None:
        """Select nothing: the newest stand on top."""
        self.selected, self._first = None, 0

    def render(self, now: datetime, width: int, height: int, foot: Text | None = None) -> RenderableType:
        """The board as it fits ``width`` columns and ``height`` lines, with a last line below it."""
        wide = width >= WIDE
        taken = (3 if self.lost is None else 5) + (0 if foot is None else 1)
        self._room = max(1, (height - taken) // (1 if wide else 2))
        rows = list(self._rows.values())[::-1]
        self._first = self._scrolled(rows)
        shown = rows[self._first : self._first + self._room]
        marks = _Marks(self.selected, self._taken)
        table = _wide(shown, now, marks) if wide else _narrow(shown, now, marks, slim=width < _SLIM)
        parts: list[RenderableType] = [self._head(now, len(rows), len(shown))]
        if self.lost is not None:
            parts.append(_banner(self.lost, now))
        parts.append(table if rows else Text("\nchưa có cảnh báo nào · no alert yet", style="dim"))
        if foot is not None:
            foot.no_wrap, foot.overflow = True, "ellipsis"
            parts.append(foot)
        return Group(*parts)

    def _scrolled(self, rows: list[Alert]) -> int:
        """First row that is shown: the selected one is among those."""
        if self.selected is None:
            return 0
        place = next((n for n, row in enumerate(rows) if str(row["incident_id"]) == self.selected), None)
        if place is None:
            self.selected = None
            return 0
        return max(place - self._room + 1, min(self._first, place))

    def _head(self, now: datetime, incidents: int, shown: int) -> Text:
        head = Text(no_wrap=True, overflow="ellipsis")
        head.append(self.title, style="bold")
        head.append(f"  {now.astimezone():%H:%M:%S}", style="dim")
        if self.note:
            head.append(f"  {self.note}", style="yellow")
        counts = f"  {incidents} incidents, {self.received} alerts"
        if shown < incidents:
            where = f"{self._first + 1}-{self._first + shown}" if self._first else f"newest {shown}"
            counts += f", {where} shown"
        head.append(counts, style="dim")
        head.append(f"  {self.place}", style="dim")
        return head


def _banner(lost: Lost, now: datetime) -> RenderableType:
    since = f"{lost.since.astimezone():%H:%M:%S} ({age(lost.since, now)})"
    text = f" mất kết nối từ {since} · connection lost since then, this may be old "
    why = Text(f" {clean(lost.why)}", style="red", no_wrap=True, overflow="ellipsis")
    return Group(Text(text, style="bold white on red", no_wrap=True, overflow="ellipsis"), why)


def _wide(rows: Iterable[Alert], now: datetime, marks: _Marks) -> Table:
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold dim")
    table.add_column("age", justify="right", width=4)
    table.add_column("severity", width=8)
    table.add_column("centre", max_width=12, no_wrap=True)
    table.add_column("category", max_width=18, no_wrap=True)
    table.add_column("title", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("reason", width=11, no_wrap=True)
    table.add_column("n", justify="right", width=4)
    table.add_column("incident", no_wrap=True)
    for alert in rows:
        table.add_row(
            _age(alert, now),
            _severity(alert),
            clean(alert.get("centre")),
            _category(alert),
            Text(marks.sign(alert), style="green").append_text(_title(alert)),
            _reason(alert),
            str(alert.get("evidence_count") or ""),
            Text(clean(alert.get("incident_id")), style="dim"),
            style=marks.style(alert),
        )
    return table


def _narrow(rows: Iterable[Alert], now: datetime, marks: _Marks, *, slim: bool) -> Table:
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold dim")
    table.add_column("age", justify="right", width=4)
    table.add_column("severity", width=8)
    if not slim:
        table.add_column("centre", max_width=10, no_wrap=True, overflow="ellipsis")
    table.add_column("title", ratio=1, no_wrap=True, overflow="ellipsis")
    for alert in rows:
        count = int(alert.get("evidence_count") or 0)
        below = Text(no_wrap=True, overflow="ellipsis")
        below.append(_reason(alert))
        below.append(f" · {_category(alert)}" + (f" · ×{count}" if count > 1 else ""), style="dim")
        below.append(_maybe_same(alert), style="dim")
        incident = Text(clean(alert.get("incident_id")), style="dim", no_wrap=True)
        title = Table.grid(expand=True)
        title.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        words = Text(marks.sign(alert), style="green").append(clean(alert.get("title")), style="default")
        title.add_row(words.append_text(_deadline(alert)))
        foot = Table.grid(expand=True, padding=(0, 1, 0, 0))
        foot.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        foot.add_column(justify="right", no_wrap=True)
        foot.add_row(below, incident)
        table.add_row(
            _age(alert, now),
            _severity(alert),
            *(() if slim else (clean(alert.get("centre")),)),
            Group(title, foot),
            style=marks.style(alert),
        )
    return table


def _moment(alert: Alert) -> datetime | None:
    try:
        return datetime.fromisoformat(str(alert.get("at")))
    except ValueError:
        return None


def _age(alert: Alert, now: datetime) -> Text:
    moment = _moment(alert)
    if moment is None:
        return Text("?")
    return Text(age(moment, now), style="bold" if now - moment < _FRESH else "")


def _severity(alert: Alert) -> Text:
    severity = clean(alert.get("severity"))
    return Text(severity, style=SEVERITY_STYLE.get(severity, ""))


def _category(alert: Alert) -> str:
    category = clean(alert.get("category"))
    return CATEGORY_VI.get(category, category)


def _reason(alert: Alert) -> str:
    reason = clean(alert.get("reason"))
    return REASON_VI.get(reason, reason)


def _title(alert: Alert) -> Text:
    title = Text(clean(alert.get("title")))
    title.append(_maybe_same(alert), style="dim")
    return title.append_text(_deadline(alert))


def _deadline(alert: Alert) -> Text:
    """The next report that the incident owes, by when in the terminal's time; red where it is late."""
    listed = alert.get("deadlines")
    owed = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    owed = [each for each in owed if each.get("done_at") is None]
    try:
        by, late = min((datetime.fromisoformat(str(each.get("due_at"))), bool(each.get("missed"))) for each in owed)
        shown = f"{by.astimezone():%H:%M %d/%m}"
    except (ValueError, TypeError, OverflowError):
        return Text()
    return Text(f"  báo cáo trước {shown}", style="bold red" if late else "yellow")


def _maybe_same(alert: Alert) -> str:
    """The last six characters of the incident that a new one may be the same as, for an operator to decide."""
    similar = alert.get("similar")
    first = similar[0] if isinstance(similar, list) and similar else None
    if not isinstance(first, dict) or alert.get("reason") != "opened":
        return ""
    return f" ≈ {clean(first.get('incident_id'))[-6:]}?"


def _style(alert: Alert) -> str:
    return "dim" if alert.get("status") in _CLOSED or alert.get("reason") == "resolved" else ""


def plain_line(alert: Alert) -> str:
    """One alert as a line of text, where there is no terminal to draw on."""
    fields: list[Any] = [alert.get(name) for name in ("at", "severity", "centre", "category", "reason", "title")]
    count = f"×{alert['evidence_count']}" if alert.get("evidence_count") else ""
    return "  ".join(filter(None, [*map(clean, fields), count, clean(alert.get("incident_id"))]))
