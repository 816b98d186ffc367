"""Open data sets made of what the store has: asked for by a part of time, written as files, kept for a while."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from connectors.cli.coverage import coverage_rows
from connectors.cli.feeds import Feeds
from connectors.opendata.feeds import PAGE
from connectors.opendata.router import Prepared
from connectors.opendata.tables import write_table
from connectors.store.exports import newest_of
from connectors.store.requests import reports_between
from connectors.store.service import cut_of, month_figures
from ioc.exports import opendata
from ioc.exports.dcat import Portal, catalogue
from ioc.exports.sheets import Row
from ioc.service import current, month, rows
from ioc.settings import Settings

_KEPT: Final = 32
"""Files at a time: who asks for ever other parts takes no room."""
_MONTHS: Final = 60
"""Months that are told at once at most."""
_ALL_WEEKS: Final = timedelta(days=365)
"""Weeks that are told where nobody says since when."""


class Part(NamedTuple):
    """Local days; none: as far as there is something."""

    since: date | None
    until: date | None


@dataclass(slots=True)
class _Kept:
    prepared: Prepared
    made: float


class Datasets:
    """Makes files of data sets.

    Args:
        settings: The effective configuration.
        feeds: Reads the store.

    """

    def __init__(self, settings: Settings, feeds: Feeds) -> None:
        self._settings = settings
        self._feeds = feeds
        self._zone: ZoneInfo = feeds.zone
        self._folder: Path | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._making = Lock()

    def prepared(self, name: str, form: str, part: Part) -> Prepared:
        """A file that is fresh enough; one at a time is made. Blocks."""
        key = "_".join([name, *(each.isoformat() if each else "" for each in part)]).rstrip("_") + f".{form}"
        with self._making:
            kept = self._kept.get(key)
            if kept is None or time.monotonic() - kept.made > self._settings.exports.fresh_s:
                if self._folder is None:
                    self._folder = Path(tempfile.mkdtemp(prefix="ioc-opendata-"))
                    weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
                path = self._folder / key
                tag = self.write(name, form, part, path)
                kept = self._kept[key] = _Kept(Prepared(path, key, tag), time.monotonic())
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                _, oldest = self._kept.popitem(last=False)
                oldest.prepared.path.unlink(missing_ok=True)
            return kept.prepared

    def write(self, name: str, form: str, part: Part, path: Path) -> str:
        """Write a data set into a file; returns a digest of it."""
        dataset = opendata.DATASETS[name]
        makers: Mapping[str, Callable[[Part], Iterator[Row]]] = {
            opendata.AIR.name: self._air,
            opendata.COVERAGE.name: self._coverage,
            opendata.SERVICE.name: self._service,
        }
        if name in makers:
            return write_table(path, form, dataset.columns, makers[name](part))
        # Read bit by bit while it is written: as one question, because its order is not that of an index.
        return self._feeds.ask(
            lambda connection: write_table(path, form, dataset.columns, self._reports(connection, part))
        )

    def catalogue(self, base: str) -> Mapping[str, Any]:
        """The DCAT document. Blocks."""
        province, exports = self._feeds.catalogue, self._settings.exports
        newest = {
            name: self._feeds.ask(lambda c, of=of: newest_of(c, of))  # type: ignore[misc]
            for name, of in ((opendata.AIR.name, "telemetry"), (opendata.REPORTS.name, "reports"))
        }
        portal = Portal(
            base=f"{base}/opendata",
            title=f"Dữ liệu mở – {self._feeds.agency}",
            agency=self._feeds.agency,
            contact=exports.contact or "",
            licence=exports.licence or "",
            box=province.box,
        )
        return catalogue(opendata.DATASETS, portal, {name: at for name, at in newest.items() if at is not None})

    def _air(self, part: Part) -> Iterator[Row]:
        begin, end = self._bounds(part)
        stations = {each.id: each for each in self._feeds.catalogue.devices.values() if not each.synthetic}
        after = None
        while True:
            found = self._feeds.air(after, PAGE, begin, end)
            yield from opendata.air_rows((row for row in found if row["device_id"] in stations), stations)
            if len(found) < PAGE:
                return
            after = tuple(found[-1][name] for name in ("hour", "device_id", "metric"))

    def _coverage(self, _: Part) -> Iterator[Row]:
        now = datetime.now(UTC)
        counts: dict[tuple[str, str, str, str], dict[str, int]] = {}
        for row in coverage_rows(self._settings, self._feeds.catalogue):
            key = (row.commune, row.commune_name, row.operator, row.technology)
            of_key = counts.setdefault(key, {})
            of_key[row.coverage] = of_key.get(row.coverage, 0) + 1
        for key, classes in sorted(counts.items()):
            yield (*key, *(classes.get(name, 0) for name in ("gap", "weak", "ok", "no_data")), now)

    def _service(self, part: Part) -> Iterator[Row]:
        """Months that are over and lie in the part; the last one where no part is named."""
        cut, now = cut_of(self._settings.service), datetime.now(self._zone)
        begin, end = self._bounds(part)
        latest = month(_before(current(now, cut, self._zone).name), cut, self._zone)
        name = latest.name
        for _ in range(_MONTHS):
            period = month(name, cut, self._zone)
            if begin is not None and period.begin < begin:
                return
            if end is None or period.end <= end:
                counted = self._feeds.ask(lambda c, period=period: month_figures(c, period, now))  # type: ignore[misc]
                table = rows(counted, smallest=self._settings.service.smallest, name=self._feeds.catalogue.unit_name)
                yield from opendata.service_rows(name, table, k=self._settings.exports.smallest)
            if begin is None:
                return
            name = _before(name)

    def _reports(self, connection: Connection, part: Part) -> Iterator[Row]:
        """Reports of whole weeks that are over and begin in the part."""
        now = datetime.now(self._zone)
        monday = now.date() - timedelta(days=now.weekday())
        since = part.since or monday - _ALL_WEEKS
        since += timedelta(days=-since.weekday() % 7)
        until = min(part.until or monday, monday)
        until += timedelta(days=-until.weekday() % 7)
        singles = (
            opendata.Single(
                row["first_at"], row["centre"] or "", row["commune"] or "", row["category"] or "",
                row["subcategory"] or "", row["lat"], row["lon"], row["status"],
            )
            for row in reports_between(connection, self._midnight(since), self._midnight(until))
        )  # fmt: skip
        return opendata.anonymous(singles, self._feeds.kinds, self._zone, k=self._settings.exports.smallest)

    def _bounds(self, part: Part) -> tuple[datetime | None, datetime | None]:
        return tuple(self._midnight(day) if day is not None else None for day in part)  # type: ignore[return-value]  # two

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone)


def _before(name: str) -> str:
    """The month before one, such as ``2026-11``."""
    year, number = map(int, name.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02}"
