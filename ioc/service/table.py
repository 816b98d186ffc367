"""A month as a table: units ranked as Thành phố Hồ Chí Minh's 1022 publishes them, as CSV and as a page."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ioc.service.figures import ALL, Figures, Key
from ioc.service.period import Period

COLUMNS: Final = (
    "rank", "centre", "unit", "unit_name", "received", "done", "done_on_time", "open", "open_late", "on_time_percent",
    "returned", "reopened", "satisfied", "neutral", "unsatisfied", "satisfied_percent", "median_hours",
    "median_ack_minutes",
)  # fmt: skip
_HEADINGS: Final = (
    "Hạng", "Trung tâm", "Mã đơn vị", "Đơn vị", "Tiếp nhận", "Đã xử lý", "Đúng hạn", "Đang xử lý", "Quá hạn chưa xong",
    "Tỷ lệ đúng hạn (%)", "Trả lại", "Mở lại", "Hài lòng", "Chấp nhận", "Không hài lòng", "Tỷ lệ hài lòng (%)",
    "Giờ xử lý (trung vị)", "Phút đến khi xác nhận (trung vị)",
)  # fmt: skip

Cell: TypeAlias = str | int | float | None


def rows(counted: Mapping[Key, Figures], *, smallest: int = 10, name: Callable[[str], str] = str) -> list[list[Cell]]:
    """One row per unit over all centres, best first, then per unit in each centre, per centre, and of all.

    Units are ranked by the share done on time, then by how much they did. A unit with less than ``smallest`` that
    should have been done has no rank: a share of few says little.

    Args:
        counted: Of :func:`~ioc.service.figures.figures`.
        smallest: See above.
        name: Of a unit, from its code.

    """
    units = [(key.unit, each) for key, each in counted.items() if key.centre == ALL and key.unit != ALL]
    ranked = sorted(
        (pair for pair in units if pair[1].done + pair[1].open_late >= smallest),
        key=lambda pair: (-(pair[1].on_time_ratio or 0.0), -pair[1].done, pair[0]),
    )
    rest = sorted(pair for pair in units if pair[1].done + pair[1].open_late < smallest)
    table = [_row(place, ALL, unit, each, name) for place, (unit, each) in enumerate(ranked, start=1)]
    table += [_row(None, ALL, unit, each, name) for unit, each in rest]
    table += [
        _row(None, key.centre, key.unit, each, name)
        for key, each in sorted(counted.items(), key=lambda item: item[0])
        if key.centre != ALL
    ]
    table += [_row(None, ALL, ALL, counted[Key(ALL, ALL)], name)] if Key(ALL, ALL) in counted else []
    return table


def as_csv(table: Sequence[Sequence[Cell]]) -> str:
    """The table with a heading of field names; UTF-8 with a byte order mark opens well in spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([["" if cell is None else cell for cell in row] for row in table])
    return out.getvalue()


def as_html(table: Sequence[Sequence[Cell]], period: Period, title: str) -> str:
    """The table as a page that needs nothing else."""
    heading = html.escape(f"{title} – kỳ {period.name}")
    span = f"{period.begin:%H:%M %d/%m/%Y} – {period.end:%H:%M %d/%m/%Y}"
    head = "".join(f"<th>{html.escape(each)}</th>" for each in _HEADINGS)
    body = "\n".join("<tr>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>" for row in table)
    return (
        f'<!doctype html>\n<html lang="vi"><head><meta charset="utf-8"><title>{heading}</title><style>'
        "body{font:14px system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
        "th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:right}"
        "td:nth-child(-n+4),th:nth-child(-n+4){text-align:left}th{background:#eee}</style></head>\n"
        f"<body><h1>{heading}</h1><p>{span}</p>\n<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n"
        "</tbody></table></body></html>\n"
    )


def as_record(table: Sequence[Sequence[Cell]], period: Period) -> dict[str, Any]:
    """The table as programs read it: each row by field names."""
    whole = [dict(zip(COLUMNS, row, strict=True)) for row in table]
    return {"month": period.name, "begin": period.begin, "end": period.end, "rows": whole}


def _shown(cell: Cell) -> str:
    return "" if cell is None else html.escape(str(cell))


def _row(rank: int | None, centre: str, unit: str, each: Figures, name: Callable[[str], str]) -> list[Cell]:
    return [
        rank, centre, unit, "" if unit == ALL else name(unit), each.received, each.done, each.done_on_time, each.open,
        each.open_late, _percent(each.on_time_ratio), each.returned, each.reopened, each.satisfied, each.neutral,
        each.unsatisfied, _percent(each.satisfied_ratio),
        _rounded(each.median_hours), _rounded(each.median_ack_minutes),
    ]  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 2)
