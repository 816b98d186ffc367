"""What exports read beside lists of incidents and reports: alerts in order, hours of the air, base stations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, literal, or_, select, tuple_

from connectors.store import schema
from connectors.store.queries import Row
from ioc.incidents.lifecycle import FINISHED


class Newest(NamedTuple):
    """What changed last: as long as it is the same, so is every export."""

    at: datetime | None
    name: str
    version: int


def newest_incident(connection: Connection) -> Newest:
    """The incident that changed last."""
    table = schema.incidents
    statement = select(table.c.updated_at, table.c.incident_id, table.c.version)
    row = connection.execute(statement.order_by(table.c.updated_at.desc(), table.c.incident_id.desc()).limit(1)).first()
    return Newest(row[0], row[1], row[2]) if row is not None else Newest(None, "", 0)


def newest_of(connection: Connection, name: str) -> datetime | None:
    """When there was the latest report, alert or hour of telemetry."""
    column = {
        "reports": schema.reports.c.updated_at,
        "alerts": schema.alerts.c.at,
        "telemetry": schema.telemetry_hours.c.hour,
    }[name]
    found: datetime | None = connection.execute(select(func.max(column))).scalar()
    return found


def alerts_since(
    connection: Connection,
    *,
    since: datetime | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 500,
) -> Sequence[Row]:
    """Alerts by ``(at, alert_id)``, the earliest first, behind a position."""
    table = schema.alerts
    statement = select(table)
    if since is not None:
        statement = statement.where(table.c.at >= since)
    if after is not None:
        place = tuple_(literal(after[0], table.c.at.type), literal(after[1]))
        statement = statement.where(tuple_(table.c.at, table.c.alert_id) > place)
    return connection.execute(statement.order_by(table.c.at, table.c.alert_id).limit(limit)).mappings().all()


def alert(connection: Connection, alert_id: str) -> Row | None:
    """One alert."""
    table = schema.alerts
    return connection.execute(select(table).where(table.c.alert_id == alert_id)).mappings().first()


def air_hours(
    connection: Connection,
    metrics: Collection[str],
    unit: str,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    after: tuple[datetime, str, str] | None = None,
    limit: int = 500,
) -> Sequence[Row]:
    """Hours of some metrics in one unit that are not synthetic, by ``(hour, device_id, metric)``.

    Args:
        connection: To the database.
        metrics: Which.
        unit: In which.
        begin: First hour.
        end: Hours before it.
        after: Behind it.
        limit: Rows.

    """
    table = schema.telemetry_hours
    names = ("device_id", "metric", "unit", "hour", "count", "bad", "minimum", "maximum")
    mean = (table.c.total / func.nullif(table.c.count, 0)).label("mean")
    order = (table.c.hour, table.c.device_id, table.c.metric)
    statement = select(*(table.c[name] for name in names), mean).where(
        table.c.metric.in_(sorted(metrics)), table.c.unit == unit, table.c.synthetic.is_(False)
    )
    if begin is not None:
        statement = statement.where(table.c.hour >= begin)
    if end is not None:
        statement = statement.where(table.c.hour < end)
    if after is not None:
        hour, device, metric = after
        statement = statement.where(table.c.hour >= hour)
        statement = statement.where(
            tuple_(*order) > tuple_(literal(hour, table.c.hour.type), literal(device), literal(metric))
        )
    return connection.execute(statement.order_by(*order).limit(limit)).mappings().all()


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """Which incidents of base stations.

    Attributes:
        visible: Centres that the asker sees; none: all.
        name: Only this one.
        cleared: Whether nothing is left to do; none: either.
        severities: Ours.
        changed_since: Changed then or later.
        raised_since: Opened then or later.

    """

    visible: Collection[str] | None = None
    name: str | None = None
    cleared: bool | None = None
    severities: Collection[str] | None = None
    changed_since: datetime | None = None
    raised_since: datetime | None = None


def find_alarms(connection: Connection, wanted: AlarmFilter, *, offset: int = 0, limit: int = 100) -> Sequence[Row]:
    """Incidents that base stations have a part in, the latest change first: ``incident_id`` and ``document``."""
    table, documents = schema.incidents, schema.incident_documents
    page = (
        select(table.c.incident_id, table.c.updated_at)
        .where(*_of_stations(wanted))
        .order_by(table.c.updated_at.desc(), table.c.incident_id.desc())
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    whole = (
        select(page, documents.c.document)
        .join(documents, documents.c.incident_id == page.c.incident_id)
        .order_by(page.c.updated_at.desc(), page.c.incident_id.desc())
    )
    return connection.execute(whole).mappings().all()


def count_alarms(connection: Connection, wanted: AlarmFilter) -> int:
    """How many there are."""
    statement = select(func.count()).select_from(schema.incidents).where(*_of_stations(wanted))
    return connection.execute(statement).scalar_one()


def sites_of(connection: Connection, incident_ids: Sequence[str], *, most: int = 500) -> dict[str, list[str]]:
    """Base stations that some incidents are about, of each at most ``most``."""
    parts, signals = schema.evidence, schema.signals
    statement = (
        select(parts.c.incident_id, signals.c.device)
        .join(signals, signals.c.signal_id == parts.c.signal_id)
        .where(parts.c.incident_id.in_(list(incident_ids)), parts.c.source == "bts", signals.c.device.is_not(None))
        .distinct()
        .order_by(parts.c.incident_id, signals.c.device)
    )
    found: dict[str, list[str]] = {}
    for name, device in connection.execute(statement):
        sites = found.setdefault(name, [])
        if len(sites) < most:
            sites.append(device)
    return found


def _of_stations(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    table, parts = schema.incidents, schema.evidence
    of_stations = select(parts.c.signal_id).where(parts.c.incident_id == table.c.incident_id, parts.c.source == "bts")
    conditions: list[ColumnElement[bool]] = [table.c.category == "telecom", of_stations.exists()]
    if wanted.visible is not None:
        seen = sorted(wanted.visible)
        conditions.append(or_(table.c.centre.in_(seen), table.c.centre_also.in_(seen)))
    if wanted.name is not None:
        conditions.append(table.c.incident_id == wanted.name)
    if wanted.cleared is not None:
        over = table.c.status.in_(sorted(FINISHED))
        conditions.append(over if wanted.cleared else ~over)
    if wanted.severities is not None:
        conditions.append(table.c.severity.in_(sorted(wanted.severities)))
    if wanted.changed_since is not None:
        conditions.append(table.c.updated_at >= wanted.changed_since)
    if wanted.raised_since is not None:
        conditions.append(table.c.opened_at >= wanted.raised_since)
    return conditions
