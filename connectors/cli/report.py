"""``ioc report``: how units and centres serve, by month, as a table, CSV, XLSX or page."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import orjson
import typer
from openpyxl import Workbook
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from connectors.cli import config
from connectors.cli.console import err, out
from connectors.cli.errors import EXIT_USAGE, CommandError, Misconfigured, Unavailable
from connectors.cli.province import load_province
from connectors.store.database import StoreError, check_revision, open_reader, url_of
from connectors.store.service import cut_of, month_figures
from ioc.service import COLUMNS, Cell, Figures, Key, Period, as_csv, as_html, as_record, current, month, rows
from ioc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="How units and centres serve.", add_completion=False)
APPS: Final = {"report": app}

_SHOWN: Final = {
    "rank": "rank", "centre": "centre", "unit": "unit", "received": "in", "done": "done",
    "on_time_percent": "on time %", "open": "open", "open_late": "late", "returned": "ret.", "reopened": "reop.",
    "satisfied_percent": "sat. %",
}  # fmt: skip
"""Columns that a terminal has room for, with their headings."""

Format = Literal["table", "csv", "xlsx", "html", "json"]


@app.callback()
def report() -> None:
    """How units and centres serve."""


@app.command()
def monthly(
    name: Annotated[
        str | None, typer.Argument(metavar="MONTH", help="Like 2026-11; the running month unless given.")
    ] = None,
    *,
    form: Annotated[Format, typer.Option("--format", help="table, csv, xlsx, html or json.")] = "table",
    target: Annotated[Path | None, typer.Option("--out", help="File to write; standard output unless given.")] = None,
) -> None:
    """Received, on time, late, returned, reopened, satisfied: per unit and centre, units ranked.

    The month's cut is IOC_SERVICE__MONTH_DAY and IOC_SERVICE__MONTH_AT. Figures come from the store.
    """
    settings = config.load().settings
    catalogue = load_province(settings)
    zone = ZoneInfo(catalogue.timezone)
    now, cut = datetime.now(zone), cut_of(settings.service)
    try:
        period = month(name, cut, zone) if name else current(now, cut, zone)
    except ValueError as error:
        raise CommandError(str(error), EXIT_USAGE) from None
    if form == "xlsx" and target is None and sys.stdout.isatty():
        raise CommandError("a spreadsheet does not go to a terminal: give --out FILE", EXIT_USAGE)
    counted = _counted(settings, period, now)
    table = rows(counted, smallest=settings.service.smallest, name=catalogue.unit_name)
    title = f"Kết quả xử lý – {catalogue.name_vi}"
    if form == "table":
        _show(table, period, title)
        return
    content = _content(table, period, title, form)
    try:
        if target is None:
            sys.stdout.buffer.write(content)
        else:
            target.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from None


def _counted(settings: Settings, period: Period, now: datetime) -> dict[Key, Figures]:
    try:
        engine = open_reader(url_of(settings))
        try:
            check_revision(engine)
            with engine.connect() as connection:
                return month_figures(connection, period, now)
        finally:
            engine.dispose()
    except StoreError as error:
        raise Misconfigured(f"{error}; the store is filled by `ioc up`, or by `ioc store run`") from None
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        raise Unavailable(f"the database of the store does not answer ({reason})") from None


def _content(table: Sequence[Sequence[Cell]], period: Period, title: str, form: Format) -> bytes:
    if form == "csv":
        return as_csv(table).encode("utf-8-sig")
    if form == "html":
        return as_html(table, period, title).encode()
    if form == "json":
        return orjson.dumps(as_record(table, period), option=orjson.OPT_APPEND_NEWLINE)
    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = period.name
    sheet.append([*COLUMNS])
    for row in table:
        sheet.append([*row])
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _show(table: Sequence[Sequence[Cell]], period: Period, title: str) -> None:
    err.print(f"{title}, {period.name}: {period.begin:%H:%M %d/%m/%Y} – {period.end:%H:%M %d/%m/%Y}")
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column, heading in _SHOWN.items():
        shown.add_column(heading, justify="left" if column in {"centre", "unit"} else "right", no_wrap=True)
    for row in table:
        cells = dict(zip(COLUMNS, row, strict=True))
        shown.add_row(*("" if cells[column] is None else str(cells[column]) for column in _SHOWN))
    if table:
        out.print(shown)
    else:
        err.print("Nothing was handled in this month.")
