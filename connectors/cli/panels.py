"""What lies over the table of ``ioc watch``: the keys, and one incident. No terminal, no clock here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connectors.cli.board import clean
from connectors.cli.console import CATEGORY_VI, REASON_VI, SEVERITY_STYLE, SEVERITY_VI

KEYS: Final = (
    ("↑ ↓ · k j", "chọn dòng", "select a row"),
    ("PgUp PgDn", "cả trang", "a screen further"),
    ("g · Home", "về đầu, theo dõi tiếp", "to the newest, follow again"),
    ("Enter", "xem vụ việc", "look at the incident"),
    ("a", "nhận (xác nhận đã thấy)", "acknowledge"),
    ("c", "ghi chú, hỏi nội dung", "comment, asks for the words"),
    ("Esc", "đóng, bỏ chọn", "close, select nothing"),
    ("?", "các phím", "these keys"),
    ("q", "thoát", "quit"),
)
"""Keys with what they do."""

_STEPS: Final = 6


def help_panel() -> RenderableType:
    """The keys."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for row in KEYS:
        table.add_row(*row)
    return Padding(Group(Text("Phím tắt · Keys", style="bold"), Text(), table), (1, 2))


def incident_panel(alert: Mapping[str, Any], incident: Mapping[str, Any] | str | None, height: int) -> RenderableType:
    """One incident, as it is now if that is known.

    Args:
        alert: The newest about it.
        incident: Its record; why there is none; nothing while it is read.
        height: Lines that there are.

    """
    severity = clean(alert.get("severity"))
    title = Text(clean(alert.get("title")), style="bold")
    kind = Text(f"{severity} · {SEVERITY_VI.get(severity, '')}", style=SEVERITY_STYLE.get(severity, ""))
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="dim", no_wrap=True, width=22)
    facts.add_column(ratio=1, overflow="fold")
    known = incident if isinstance(incident, Mapping) else {}
    for label, value in _facts(alert, known):
        facts.add_row(label, value)
    parts: list[RenderableType] = [title, kind, Text(), facts]
    if text := clean(known.get("text") or alert.get("text")):
        parts += [Text(), Text(text)]
    if isinstance(incident, str):
        parts += [Text(), Text(clean(incident), style="yellow")]
    elif incident is None:
        parts += [Text(), Text("đang đọc · reading…", style="dim")]
    steps = [each for each in known.get("history", ()) if isinstance(each, Mapping)]
    room = max(0, min(_STEPS, height - len(parts) - facts.row_count - 6))
    for each in steps[len(steps) - room :]:
        words = f"{_local(each.get('at'))}  {clean(each.get('action'))}  {clean(each.get('by'))}"
        parts.append(Text(f"{words}  {clean(each.get('reason'))}", style="dim", no_wrap=True, overflow="ellipsis"))
    return Padding(Group(*parts), (1, 2))


def _facts(alert: Mapping[str, Any], incident: Mapping[str, Any]) -> list[tuple[str, str]]:
    newest = {**alert, **incident}
    category, reason = clean(newest.get("category")), clean(alert.get("reason"))
    taken = newest.get("acknowledged_at")
    facts = [
        ("vụ việc · incident", clean(newest.get("incident_id"))),
        ("trạng thái · status", clean(newest.get("status")) + (" · quá hạn, overdue" if newest.get("overdue") else "")),
        ("loại · kind", f"{CATEGORY_VI.get(category, category)} / {clean(newest.get('subcategory'))}"),
        ("cảnh báo · alert", f"{REASON_VI.get(reason, reason)}, {_local(alert.get('at'))}"),
        ("trung tâm · centre", clean(newest.get("centre"))),
        ("đơn vị · unit", clean(newest.get("unit"))),
        ("xã phường · commune", clean(newest.get("commune"))),
        ("hạn · due", _local(newest.get("due_at"))),
        ("đã nhận · seen by", f"{clean(newest.get('acknowledged_by'))}, {_local(taken)}" if taken else ""),
        ("bằng chứng · evidence", clean(newest.get("evidence_count"))),
        ("gồm · listed under it", clean(newest.get("children_count"))),
    ]
    return [(label, value) for label, value in facts if value]


def _local(text: object) -> str:
    try:
        return f"{datetime.fromisoformat(str(text)).astimezone():%H:%M %d/%m}"
    except ValueError:
        return ""
