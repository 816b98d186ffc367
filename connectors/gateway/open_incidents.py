"""All incidents that are open: those of the view, and from the store what the view has forgotten."""

from __future__ import annotations

from typing import Final

from connectors.gateway.library import Library, Place, Wanted
from connectors.gateway.view import CompactedView, IncidentRow, incident_row
from ioc.incidents.lifecycle import FINISHED
from ioc.vocabulary import STATUSES

_OPEN: Final = frozenset(STATUSES) - FINISHED
_PAGE: Final = 500


async def open_incidents(view: CompactedView[IncidentRow], library: Library | None) -> list[IncidentRow]:
    """Every open incident, the latest change first.

    The view is as fresh as the topic and holds so many of the newest; once it is full, what it let go is in the store.
    Without a store those are not seen.

    Raises:
        LibraryAwayError: the store does not answer, and is needed.

    """
    rows = [row for row in view.newest() if row.status in _OPEN]
    if library is None or not view.full:
        return rows
    after: Place | None = None
    while True:
        page = await library.find(Wanted(statuses=_OPEN), after, _PAGE)
        rows += [incident_row(each.document) for each in page.incidents if view.get(each.incident_id) is None]
        after = page.after
        if after is None:
            return rows
