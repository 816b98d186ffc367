"""The routes in force: those of a file, reread when it changes, or those of the province's folder as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.catalog import Catalogue
from ioc.routing import ROUTES_FILE, LiveRoutes, load_routes
from ioc.settings import Settings
from streams.metrics import gauge
from streams.watched import in_step


def watched_routes(
    settings: Settings,
    catalogue: Catalogue,
    province: Mapping[str, bytes],
    registry: CollectorRegistry,
    looks: list[Callable[[], None]],
) -> LiveRoutes:
    """Routes in step with their file; what looks at the file joins ``looks``, the shipped ones do not change.

    Raises:
        CatalogueError: they are wrong; with file, line and reason.
        OSError: they cannot be read.

    """
    up = gauge(metrics.ROUTES_UP, registry)
    folder = settings.province.folder
    path = settings.province.routes or (folder / ROUTES_FILE if folder else None)
    read = partial(load_routes, known=catalogue.known, zone=ZoneInfo(catalogue.timezone), file=str(path or ROUTES_FILE))
    up.set(1)
    if path is None:
        return LiveRoutes(read(province.get(ROUTES_FILE, b"")))
    return in_step(path, "routes", read, LiveRoutes, up=up, looks=looks)
