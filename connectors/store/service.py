"""How units and centres serve, counted from the store: see :mod:`ioc.service` for what the figures mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, Engine, or_, select

from connectors.store import schema
from connectors.store.queries import OPEN
from ioc.service import Cut, Figures, Handled, Key, Period, current, figures, handled
from ioc.settings import ServiceSettings

_AT_ONCE: Final = 500
"""Documents in memory at a time."""


def cut_of(settings: ServiceSettings) -> Cut:
    """Where the configured months begin and end."""
    return Cut(settings.month_day, settings.month_at)


def month_figures(connection: Connection, period: Period, now: datetime) -> dict[Key, Figures]:
    """Count a month.

    Args:
        connection: To the database; one transaction sees one state.
        period: The month.
        now: Of a month that goes on, what is late is late as of now.

    """
    return figures(_incidents(connection, period), period, now)


def running_figures(engine: Engine, settings: ServiceSettings, now: datetime) -> dict[Key, Figures]:
    """Count the month that goes on; ``now`` has the province's zone."""
    assert now.tzinfo is not None, "days are local"
    period = current(now, cut_of(settings), now.tzinfo)
    with engine.connect() as connection:
        return month_figures(connection, period, now)


def _incidents(connection: Connection, period: Period) -> Iterator[Handled]:
    """What was open in a month or changed since it began; everything else counts nowhere in it."""
    table, documents = schema.incidents, schema.incident_documents
    statement = (
        select(documents.c.document)
        .join(table, table.c.incident_id == documents.c.incident_id)
        .where(table.c.opened_at < period.end)
        .where(or_(table.c.updated_at >= period.begin, table.c.status.in_(OPEN)))
    )
    found = connection.execution_options(yield_per=_AT_ONCE).execute(statement)
    for document in found.scalars():
        if (incident := handled(orjson.loads(document))) is not None:
            yield incident
