"""Citizens' reports as other systems ask for them: one row per report, with what is known of its incident."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, not_, or_, select, tuple_

from connectors.store import schema
from connectors.store.queries import Box, Row
from ioc.incidents.lifecycle import FINISHED
from ioc.synthetic import SUFFIX

_FETCHED: Final = 1_000
"""Rows in memory at a time."""
_AT_ONCE: Final = 200
"""Identities of one statement: SQLite bounds the variables that it takes."""


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which reports; what is not given does not matter.

    Attributes:
        names: Source and id of each.
        reports: Ids, whatever their source.
        categories: Category, as of the incident if there is one.
        hidden: Category and subcategory that are not shown; an empty subcategory: the whole category.
        own: Publisher whose own reports are shown though hidden.
        start: First heard of then or later.
        end: First heard of before or then.
        updated_after: Answered then or later.
        updated_before: Answered before or then.
        closed: Whether nothing is left to do.
        box: Position within.
        real: Whether what a simulator made is left out.

    """

    names: Sequence[tuple[str, str]] | None = None
    reports: Sequence[str] | None = None
    categories: Collection[str] | None = None
    hidden: Sequence[tuple[str, str]] = ()
    own: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    closed: bool | None = None
    box: Box | None = None
    real: bool = False


def find_requests(connection: Connection, wanted: RequestFilter, *, offset: int = 0, limit: int = 50) -> Sequence[Row]:
    """Reports, the latest first.

    Returns:
        Rows with ``source``, ``report_id``, ``status``, ``incident_id``, ``unit``, ``expected_at``, ``merged_count``,
        ``first_at``, ``updated_at``, ``due_at``, ``severity``, ``category``, ``subcategory``, ``commune`` (code),
        ``lat``, ``lon`` and redacted ``text``.

    """
    reports = schema.reports
    statement = _selected(wanted).order_by(reports.c.first_at.desc(), reports.c.report_id.desc())
    return connection.execute(statement.offset(offset).limit(limit)).mappings().all()


def requests_since(
    connection: Connection, wanted: RequestFilter, *, after: tuple[datetime, str, str] | None = None, limit: int = 500
) -> Sequence[Row]:
    """Reports by ``(updated_at, source, report_id)``, the earliest change first, behind a position; rows as above."""
    reports = schema.reports
    order = (reports.c.updated_at, reports.c.source, reports.c.report_id)
    statement = _selected(wanted).order_by(*order).limit(limit)
    if after is not None:
        at, source, report_id = after
        place = tuple_(literal(at, reports.c.updated_at.type), literal(source), literal(report_id))
        statement = statement.where(tuple_(*order) > place)
    return connection.execute(statement).mappings().all()


def reports_between(connection: Connection, begin: datetime | None, end: datetime) -> Iterator[Row]:
    """Real reports by the time at which they were first heard of, read bit by bit; rows as above, with ``centre``."""
    reports, incidents, signals = schema.reports, schema.incidents, schema.signals
    centre = func.coalesce(incidents.c.centre, signals.c.centre).label("centre")
    statement = (
        _selected(RequestFilter(start=begin, end=end, real=True)).add_columns(centre).order_by(reports.c.first_at)
    )
    yield from connection.execution_options(yield_per=_FETCHED).execute(statement).mappings()


def _selected(wanted: RequestFilter) -> Select[Any]:
    reports, signals, incidents = schema.reports, schema.signals, schema.incidents
    names = (
        "source", "report_id", "status", "incident_id", "unit", "expected_at", "merged_count", "first_at", "updated_at",
    )  # fmt: skip
    return (
        select(
            *(reports.c[name] for name in names),
            incidents.c.due_at,
            *_understood(),
            signals.c.lat,
            signals.c.lon,
            signals.c.text,
        )
        .select_from(reports)
        .outerjoin(signals, and_(signals.c.publisher == reports.c.source, signals.c.event_id == reports.c.report_id))
        .outerjoin(incidents, incidents.c.incident_id == reports.c.incident_id)
        .where(*_conditions(wanted))
    )


def answers_of(connection: Connection, names: Sequence[tuple[str, str]]) -> Iterator[Row]:
    """All that citizens were told of some reports, each report's the earliest first."""
    table = schema.answers
    for some in _parts(names):
        statement = select(table).where(tuple_(table.c.source, table.c.report_id).in_(some))
        ordered = statement.order_by(table.c.source, table.c.report_id, table.c.at, table.c.answer_id)
        yield from connection.execute(ordered).mappings()


def _parts(names: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for begin in range(0, len(names), _AT_ONCE):
        yield list(names[begin : begin + _AT_ONCE])


def _understood() -> Iterator[ColumnElement[Any]]:
    """What the report was taken for: an operator's word over the sorting's."""
    signals, incidents = schema.signals, schema.incidents
    for name in ("category", "subcategory", "severity", "commune"):
        yield func.coalesce(incidents.c[name], signals.c[name]).label(name)


def _conditions(wanted: RequestFilter) -> Iterator[ColumnElement[bool]]:
    reports, signals = schema.reports, schema.signals
    category, subcategory, _, _ = _understood()
    if wanted.names is not None:
        yield tuple_(reports.c.source, reports.c.report_id).in_(list(wanted.names))
    if wanted.reports is not None:
        yield reports.c.report_id.in_(list(wanted.reports))
    if wanted.categories is not None:
        yield category.in_(sorted(wanted.categories))
    if wanted.hidden:
        shown = and_(
            category.is_not(None),
            *(not_(and_(category == kind, subcategory == sub) if sub else category == kind) for kind, sub in
              wanted.hidden),
        )  # fmt: skip
        yield or_(shown, _of(wanted.own)) if wanted.own else shown
    if wanted.start is not None:
        # The index is on the time of the last answer, which is never before the first.
        yield reports.c.updated_at >= wanted.start
        yield reports.c.first_at >= wanted.start
    if wanted.end is not None:
        yield reports.c.first_at <= wanted.end
    if wanted.updated_after is not None:
        yield reports.c.updated_at >= wanted.updated_after
    if wanted.updated_before is not None:
        yield reports.c.updated_at <= wanted.updated_before
    if wanted.closed is not None:
        over = reports.c.status.in_(sorted(FINISHED))
        yield over if wanted.closed else not_(over)
    if wanted.real:
        yield not_(signals.c.title.endswith(SUFFIX, autoescape=True))
    if wanted.box is not None:
        yield signals.c.lat.between(wanted.box.south, wanted.box.north)
        yield signals.c.lon.between(wanted.box.west, wanted.box.east)


def _of(publisher: str) -> ColumnElement[bool]:
    """Reports of a publisher, or below it."""
    source = schema.reports.c.source
    return or_(source == publisher, source.startswith(publisher + "/", autoescape=True))
