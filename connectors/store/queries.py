"""What is read of the store: functions of a connection, the same for either database.

Connections come from :func:`connectors.store.database.open_reader`. Rows are mappings of the tables' columns; documents
are JSON as it stands in the topic. Times that come back are UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    any_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)

from connectors.store import schema
from connectors.store.database import GEOMETRY, fact
from connectors.store.search import has, matches, words_of
from ioc.vocabulary import STATUSES

Row: TypeAlias = RowMapping

OPEN: Final = tuple(status for status in STATUSES if status not in {"resolved", "closed", "rejected", "duplicate"})
"""Statuses of an incident that still needs work."""

_WGS84: Final = 4326
_MANY: Final = 2_000
"""Incidents with the words that are asked for, from which on they are looked for among the newest first."""
_LOOK: Final = 500
_LOOKS: Final = 8
_COUNTED: Final = ("centre", "status", "category", "severity", "unit", "commune")


class Position(NamedTuple):
    """Where a page of incidents ended: the next one begins behind it."""

    updated_at: datetime
    incident_id: str


class Box(NamedTuple):
    """A rectangle in degrees (WGS 84), its edges included."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents; what is not given does not matter. Of a set, any value fits.

    Attributes:
        visible: Centres that the asker may see; an incident is visible to its centre and to ``centre_also``. None: all.
        centres: Centre in charge.
        statuses: Status.
        categories: Category.
        subcategories: Subcategory.
        severities: Severity.
        units: Unit in charge.
        communes: Commune codes.
        overdue: The flag.
        parent: Incident that they are listed under.
        box: Position within.
        text: Words that the incident, or the text of its evidence, has: with or without diacritics, each word the
            beginning of one there.
        since: Changed then or later.
        opened_from: Opened then or later.
        opened_before: Opened before then.

    """

    visible: Collection[str] | None = None
    centres: Collection[str] | None = None
    statuses: Collection[str] | None = None
    categories: Collection[str] | None = None
    subcategories: Collection[str] | None = None
    severities: Collection[str] | None = None
    units: Collection[str] | None = None
    communes: Collection[str] | None = None
    overdue: bool | None = None
    parent: str | None = None
    box: Box | None = None
    text: str | None = None
    since: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


class IncidentPage(NamedTuple):
    """A page: JSON of each incident, the latest change first; where the next page begins, if there is one."""

    rows: Sequence[Row]
    after: Position | None


def find_incidents(
    connection: Connection, wanted: IncidentFilter, *, after: Position | None = None, limit: int = 50
) -> IncidentPage:
    """A page of incidents by ``(updated_at, incident_id)``, the latest first.

    An incident that changes between two pages moves to the front; none that stays as it is is left out or repeated.

    Returns:
        Rows with ``incident_id``, ``version``, ``centre``, ``centre_also``, ``lat``, ``lon``, ``updated_at`` and
        ``document`` (JSON text of the whole incident).

    """
    table, documents = schema.incidents, schema.incident_documents
    newest = table.c.updated_at.desc(), table.c.incident_id.desc()
    columns = (
        table.c[name] for name in ("incident_id", "version", "centre", "centre_also", "lat", "lon", "updated_at")
    )
    found = _worded(connection, wanted, after, limit + 1)
    conditions = [*_conditions(connection, wanted), *_behind(after)] if found is None else found
    statement = select(*columns).where(*conditions)
    page = statement.order_by(*newest).limit(limit + 1).subquery()
    whole = (
        select(page, documents.c.document)
        .join(documents, documents.c.incident_id == page.c.incident_id)
        .order_by(page.c.updated_at.desc(), page.c.incident_id.desc())
    )
    rows = connection.execute(whole).mappings().all()
    if len(rows) <= limit:
        return IncidentPage(rows, None)
    last = rows[limit - 1]
    return IncidentPage(rows[:limit], Position(last["updated_at"], last["incident_id"]))


def _worded(
    connection: Connection, wanted: IncidentFilter, after: Position | None, most: int
) -> list[ColumnElement[bool]] | None:
    """Conditions for a page of at most ``most`` incidents with words; none where none are asked for, or nothing helps.

    The indexes of words say quickly which incidents have rare ones. Of common ones they would give thousands, all of
    which would be fetched to be sorted; then a page is looked for among the newest.
    """
    words = words_of(wanted.text or "")
    if not words:
        return None
    others = _conditions(connection, replace(wanted, text=None))
    few: set[str] = set()
    for having in _having(connection, words):
        rows: list[Any] = [row[0] for row in connection.execute(having.limit(_MANY))]
        if len(rows) == _MANY:
            found = _among_the_newest(connection, others, words, after, most)
            return None if found is None else [_one_of(connection, found)]
        few.update(rows)
    return [_one_of(connection, sorted(few)), *others, *_behind(after)]


def _one_of(
    connection: Connection, incidents: Sequence[str], column: Column[str] = schema.incidents.c.incident_id
) -> ColumnElement[bool]:
    """One parameter for all where the database has lists: thousands of them take longer than the question."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(incidents), ARRAY(Text)))
    return column.in_(incidents)


def _among_the_newest(
    connection: Connection,
    others: Sequence[ColumnElement[bool]],
    words: Sequence[str],
    after: Position | None,
    most: int,
) -> list[str] | None:
    """Ids of the first incidents with words, found by looking at one after the other; none after some thousand."""
    table = schema.incidents
    newest = table.c.updated_at.desc(), table.c.incident_id.desc()
    own = has(table.c.folded, words)
    found: list[str] = []
    for _ in range(_LOOKS):
        statement = select(table.c.incident_id, table.c.updated_at, own).where(*others, *_behind(after))
        rows = connection.execute(statement.order_by(*newest).limit(_LOOK)).all()
        told = _told_of(connection, [identity for identity, _, fits in rows if not fits], words)
        found += [identity for identity, _, fits in rows if fits or identity in told]
        if len(found) >= most or len(rows) < _LOOK:
            return found[:most]
        after = Position(rows[-1][1], rows[-1][0])
    return None


def _told_of(connection: Connection, incidents: Sequence[str], words: Sequence[str]) -> frozenset[str]:
    """Which of some incidents have evidence with the words."""
    known = _one_of(connection, incidents, schema.evidence.c.incident_id)
    statement = _by_evidence(known, has(schema.signals.c.folded, words))
    return frozenset(connection.scalars(statement)) if incidents else frozenset()


def _behind(after: Position | None) -> Sequence[ColumnElement[bool]]:
    table = schema.incidents
    if after is None:
        return ()
    return (_place(table.c.updated_at, table.c.incident_id) < _at(after, table.c.updated_at),)


def incidents_since(
    connection: Connection, wanted: IncidentFilter, *, after: Position | None = None, limit: int = 500
) -> Sequence[Row]:
    """Incidents by ``(updated_at, incident_id)``, the earliest change first, behind a position.

    Whoever goes on behind the last row gets what has changed since, each incident as it is then.

    Returns:
        Rows with ``incident_id``, ``updated_at`` and ``document``.

    """
    table, documents = schema.incidents, schema.incident_documents
    statement = select(table.c.incident_id, table.c.updated_at).where(*_conditions(connection, wanted))
    if after is not None:
        statement = statement.where(_place(table.c.updated_at, table.c.incident_id) > _at(after, table.c.updated_at))
    page = statement.order_by(table.c.updated_at, table.c.incident_id).limit(limit).subquery()
    whole = (
        select(page, documents.c.document)
        .join(documents, documents.c.incident_id == page.c.incident_id)
        .order_by(page.c.updated_at, page.c.incident_id)
    )
    return connection.execute(whole).mappings().all()


def count_incidents(
    connection: Connection, wanted: IncidentFilter, by: Sequence[str] = ()
) -> list[tuple[tuple[str, ...], int]]:
    """How many incidents there are, by some of centre, status, category, severity, unit and commune.

    Returns:
        Values of ``by`` and their count, sorted; one count without values where ``by`` is empty.

    Raises:
        ValueError: ``by`` names something else.

    """
    if set(by) - set(_COUNTED):
        raise ValueError(f"can be counted by {', '.join(_COUNTED)}")
    columns = [schema.incidents.c[name] for name in by]
    statement = select(*columns, func.count()).select_from(schema.incidents).where(*_conditions(connection, wanted))
    if columns:
        statement = statement.group_by(*columns).order_by(*columns)
    return [(tuple(row[:-1]), row[-1]) for row in connection.execute(statement)]


def incident(connection: Connection, incident_id: str) -> Row | None:
    """One incident: all columns of the table and its ``document``."""
    table, documents = schema.incidents, schema.incident_documents
    statement = (
        select(table, documents.c.document)
        .join(documents, documents.c.incident_id == table.c.incident_id)
        .where(table.c.incident_id == incident_id)
    )
    return connection.execute(statement).mappings().first()


def version(connection: Connection, incident_id: str) -> int | None:
    """Version of an incident; none: it is not known."""
    table = schema.incidents
    found: int | None = connection.execute(select(table.c.version).where(table.c.incident_id == incident_id)).scalar()
    return found


def evidence(connection: Connection, incident_id: str) -> Sequence[Row]:
    """What belongs to an incident, the earliest first; with title, redacted text and place where they are known."""
    table, signals = schema.evidence, schema.signals
    told = ("kind", "category", "subcategory", "severity", "title", "text", "details", "lat", "lon", "device")
    statement = (
        select(table, *(signals.c[name] for name in told))
        .outerjoin(signals, signals.c.signal_id == table.c.signal_id)
        .where(table.c.incident_id == incident_id)
        .order_by(table.c.at, table.c.signal_id)
    )
    return connection.execute(statement).mappings().all()


def transitions(connection: Connection, incident_id: str) -> Sequence[Row]:
    """Each step of an incident's history, the earliest first."""
    table = schema.transitions
    statement = (
        select(table).where(table.c.incident_id == incident_id).order_by(table.c.at, table.c.version, table.c.place)
    )
    return connection.execute(statement).mappings().all()


def children(connection: Connection, incident_id: str, *, limit: int = 1000) -> Sequence[Row]:
    """What is listed under an incident."""
    table = schema.incidents
    statement = select(table).where(table.c.parent == incident_id).order_by(table.c.opened_at).limit(limit)
    return connection.execute(statement).mappings().all()


def alerts_of(connection: Connection, incident_id: str) -> Sequence[Row]:
    """Alerts about an incident, the earliest first."""
    table = schema.alerts
    order = table.c.at, table.c.version, table.c.alert_id
    return connection.execute(select(table).where(table.c.incident_id == incident_id).order_by(*order)).mappings().all()


def find_alerts(
    connection: Connection,
    *,
    centres: Collection[str] | None = None,
    since: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> Sequence[Row]:
    """Alerts of some centres, the newest first; ``after`` is ``(at, alert_id)`` of the last one of the page before."""
    table = schema.alerts
    conditions: list[ColumnElement[bool]] = []
    if centres is not None:
        conditions.append(table.c.centre.in_(sorted(centres)))
    if since is not None:
        conditions.append(table.c.at >= since)
    if after is not None:
        conditions.append(_place(table.c.at, table.c.alert_id) < _at(after, table.c.at))
    ordered = select(table).where(*conditions).order_by(table.c.at.desc(), table.c.alert_id.desc()).limit(limit)
    return connection.execute(ordered).mappings().all()


def decisions_of(connection: Connection, incident_id: str) -> Sequence[Row]:
    """Why things were decided about an incident, the earliest first; also about the events that belong to it."""
    table, parts = schema.decisions, schema.evidence
    events = select(parts.c.event_id).where(parts.c.incident_id == incident_id)
    own = or_(table.c.incident_id == incident_id, and_(table.c.incident_id.is_(None), table.c.event_id.in_(events)))
    statement = select(table).where(own).order_by(table.c.at, table.c.decision_id)
    return connection.execute(statement).mappings().all()


def report(connection: Connection, source: str, report_id: str) -> Row | None:
    """What a citizen was told last."""
    table = schema.reports
    wanted = table.c.source == source, table.c.report_id == report_id
    return connection.execute(select(table).where(*wanted)).mappings().first()


def answers(connection: Connection, source: str, report_id: str) -> Sequence[Row]:
    """All that a citizen was told, the earliest first."""
    table = schema.answers
    wanted = select(table).where(table.c.source == source, table.c.report_id == report_id)
    return connection.execute(wanted.order_by(table.c.at, table.c.answer_id)).mappings().all()


def reports_of(connection: Connection, incident_id: str) -> Sequence[Row]:
    """Reports that an incident was made of, the earliest first."""
    table = schema.reports
    statement = select(table).where(table.c.incident_id == incident_id)
    return connection.execute(statement.order_by(table.c.first_at, table.c.report_id)).mappings().all()


def answers_of(connection: Connection, incident_id: str, *, limit: int = 1000) -> Sequence[Row]:
    """All that the citizens were told whose reports belong to an incident now, the earliest first."""
    table, reports = schema.answers, schema.reports
    own = and_(reports.c.source == table.c.source, reports.c.report_id == table.c.report_id)
    statement = select(table).join(reports, own).where(reports.c.incident_id == incident_id)
    ordered = statement.order_by(table.c.at, table.c.report_id, table.c.answer_id).limit(limit)
    return connection.execute(ordered).mappings().all()


def find_receipts(
    connection: Connection,
    source: str,
    *,
    since: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> Sequence[Row]:
    """Receipts of a publisher, the oldest first; ``after`` is ``(at, receipt_id)`` of the last one before."""
    table = schema.receipts
    statement = select(table).where(table.c.source == source)
    if since is not None:
        statement = statement.where(table.c.at >= since)
    if after is not None:
        statement = statement.where(_place(table.c.at, table.c.receipt_id) > _at(after, table.c.at))
    statement = statement.order_by(table.c.at, table.c.receipt_id).limit(limit)
    return connection.execute(statement).mappings().all()


def count_receipts(connection: Connection, source: str, since: datetime) -> dict[str, int]:
    """How many receipts of a publisher there are since a time, by result."""
    table = schema.receipts
    statement = select(table.c.result, func.count()).where(table.c.source == source, table.c.at >= since)
    return {row[0]: row[1] for row in connection.execute(statement.group_by(table.c.result))}


def silences(connection: Connection) -> Sequence[Row]:
    """Silences, maintenance windows and emergency modes as they are now."""
    return connection.execute(select(schema.silences).order_by(schema.silences.c.silence_id)).mappings().all()


def telemetry_hours(
    connection: Connection,
    device_id: str,
    *,
    metrics: Collection[str] | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Sequence[Row]:
    """Hours of a device's readings, by metric and hour: ``count``, ``minimum``, ``maximum``, ``mean``, ``bad``.

    Args:
        connection: To the database.
        device_id: Which device.
        metrics: Which metrics; all unless given.
        begin: First hour.
        end: Hours before it.

    """
    table = schema.telemetry_hours
    names = ("device_id", "metric", "unit", "hour", "count", "bad", "minimum", "maximum", "synthetic")
    statement = select(*(table.c[name] for name in names), _mean(table)).where(table.c.device_id == device_id)
    if metrics is not None:
        statement = statement.where(table.c.metric.in_(sorted(metrics)))
    if begin is not None:
        statement = statement.where(table.c.hour >= begin)
    if end is not None:
        statement = statement.where(table.c.hour < end)
    return connection.execute(statement.order_by(table.c.metric, table.c.unit, table.c.hour)).mappings().all()


QUALITY_COUNTS: Final = ("received", "correct", "repeated", "readable", "in_time", "complete")


def quality_sums(connection: Connection, source: str, first: int, last: int) -> Sequence[Row]:
    """Counts of data quality by class and window (its start divided by its length), partitions added up."""
    table = schema.quality_windows
    sums = (func.sum(table.c[name]).label(name) for name in QUALITY_COUNTS)
    statement = (
        select(table.c.kind, table.c.window, *sums)
        .where(table.c.source == source, table.c.window.between(first, last))
        .group_by(table.c.kind, table.c.window)
        .order_by(table.c.window, table.c.kind)
    )
    return connection.execute(statement).mappings().all()


def first_quality_window(connection: Connection, first: int) -> int | None:
    """The earliest window of which anything was counted, from one on."""
    table = schema.quality_windows
    found: int | None = connection.scalar(select(func.min(table.c.window)).where(table.c.window >= first))
    return found


def _conditions(connection: Connection, wanted: IncidentFilter) -> list[ColumnElement[bool]]:
    table = schema.incidents
    found: list[ColumnElement[bool]] = []
    if wanted.visible is not None:
        seen = sorted(wanted.visible)
        found.append(or_(table.c.centre.in_(seen), table.c.centre_also.in_(seen)))
    for column, values in (
        (table.c.centre, wanted.centres),
        (table.c.status, wanted.statuses),
        (table.c.category, wanted.categories),
        (table.c.subcategory, wanted.subcategories),
        (table.c.severity, wanted.severities),
        (table.c.unit, wanted.units),
        (table.c.commune, wanted.communes),
    ):
        if values is not None:
            found.append(column.in_(sorted(values)))
    if wanted.overdue is not None:
        found.append(table.c.overdue.is_(wanted.overdue))
    if wanted.parent is not None:
        found.append(table.c.parent == wanted.parent)
    if wanted.since is not None:
        found.append(table.c.updated_at >= wanted.since)
    if wanted.opened_from is not None:
        found.append(table.c.opened_at >= wanted.opened_from)
    if wanted.opened_before is not None:
        found.append(table.c.opened_at < wanted.opened_before)
    if wanted.box is not None:
        found.append(_within(connection, wanted.box))
    if words := words_of(wanted.text or ""):
        found.append(_words(connection, words))
    return found


def _within(connection: Connection, box: Box) -> ColumnElement[bool]:
    table = schema.incidents
    if connection.dialect.name == "postgresql" and _has_geometry(connection):
        area = func.ST_MakeEnvelope(box.west, box.south, box.east, box.north, _WGS84)
        return literal_column("incidents.geom").bool_op("&&")(area)
    return and_(table.c.lat.between(box.south, box.north), table.c.lon.between(box.west, box.east))


def _has_geometry(connection: Connection) -> bool:
    """Asked once of each connection of the pool."""
    known: bool | None = connection.info.get(GEOMETRY)
    if known is None:
        known = connection.info[GEOMETRY] = fact(connection, GEOMETRY) == "postgis"
    return known


def _words(connection: Connection, words: Sequence[str]) -> ColumnElement[bool]:
    """The incident's own words, or those of its evidence."""
    # One list of both: with "or" between them PostgreSQL would read every row and take its words apart.
    return schema.incidents.c.incident_id.in_(union(*_having(connection, words)))


def _having(connection: Connection, words: Sequence[str]) -> tuple[Select[tuple[str]], Select[tuple[str]]]:
    """Ids of incidents that have the words themselves; of those whose evidence has them."""
    table = schema.incidents
    own = select(table.c.incident_id).where(matches(connection, table, words))
    return own, _by_evidence(matches(connection, schema.signals, words))


def _by_evidence(*conditions: ColumnElement[bool]) -> Select[tuple[str]]:
    """Ids of incidents whose evidence fits."""
    parts, signals = schema.evidence, schema.signals
    joined = select(parts.c.incident_id).join(signals, signals.c.signal_id == parts.c.signal_id)
    return joined.where(*conditions)


def _mean(table: Table) -> ColumnElement[Any]:
    return (table.c.total / func.nullif(table.c.count, 0)).label("mean")


def _place(at: Column[datetime], identity: Column[str]) -> Any:
    return tuple_(at, identity)


def _at(after: tuple[datetime, str], column: Column[datetime]) -> Any:
    return tuple_(literal(after[0], column.type), literal(after[1]))
