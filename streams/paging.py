"""Escalation, updates and limits in force: of a file, reread when it changes, or as shipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.catalog import Catalogue
from ioc.paging import PAGING_FILE, LivePaging, load_paging
from ioc.settings import Settings
from streams.metrics import gauge
from streams.watched import in_step


def watched_paging(
    settings: Settings,
    catalogue: Catalogue,
    province: Mapping[str, bytes],
    registry: CollectorRegistry,
    looks: list[Callable[[], None]],
) -> LivePaging:
    """The policy in step with its file; what looks at the file joins ``looks``, the shipped one does not change.

    Raises:
        CatalogueError: it is wrong; with file, line and reason.
        OSError: it cannot be read.

    """
    up = gauge(metrics.PAGING_UP, registry)
    folder = settings.province.folder
    path = settings.province.paging or (folder / PAGING_FILE if folder and (folder / PAGING_FILE).exists() else None)
    read = partial(load_paging, known=catalogue.known, zone=ZoneInfo(catalogue.timezone), file=str(path or PAGING_FILE))
    up.set(1)
    if path is None:
        return LivePaging(read(province[PAGING_FILE]))
    return in_step(path, "paging", read, LivePaging, up=up, looks=looks)
