"""What of the province the gateway needs to say where an incident stands, in step with its files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from ioc.catalog import Catalogue, CatalogueError, Content
from ioc.incidents.standing import Rules
from ioc.settings import Settings
from streams.paging import watched_paging
from streams.routes import watched_routes

_log = logging.getLogger(__name__)


def rules_of(
    settings: Settings, catalogue: Catalogue, content: Content, looks: list[Callable[[], None]]
) -> Rules | None:
    """Chains and routes as the workers read them; what looks at their files joins ``looks``.

    Returns:
        None where a file is wrong: a gateway that cannot say who is told next still takes reports.

    """

    def site_of(device: str) -> str | None:
        known = catalogue.devices.get(device)
        return known.site if known else None

    # The workers decide, and export whether the files are good; here nobody asks.
    unasked = CollectorRegistry()
    try:
        paging = watched_paging(settings, catalogue, content.files, unasked, looks)
        routes = watched_routes(settings, catalogue, content.files, unasked, looks)
    except (CatalogueError, OSError) as error:
        _log.error("standing_untold", extra={"reason": str(error)})
        return None
    return Rules(paging, routes, ZoneInfo(catalogue.timezone), site_of)
