"""Signal strengths of one partition by cell, operator, technology and day: where there is coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final
from zlib import crc32

from ioc.catalog.programme import GapProgramme, Spot
from ioc.detect import Finding
from ioc.detect.bts import CoverageRules
from ioc.detect.bts.coverage import (
    DAY_S,
    CellDays,
    Samples,
    cell_at,
    class_of,
)
from ioc.intake.companion import Gauges, Notice
from ioc.intake.coverage_book import ROW_PREFIX, RowKey, row_key, row_name
from ioc.ports import Store
from ioc.records import CoverageBunch, CoverageCount

_SPOTS: Final = b"cover/spot/"
_MOST_ROWS: Final = 25_000
"""Of one partition, about 10 MB; a province has some 8,000 cells of resolution 8 on land. More are not kept."""
_LOOKED_AT: Final = 400
"""Rows whose class is looked at in one tick, about a millisecond: all of them within a minute."""

_BUCKETS: Final = 64
_TELL_EVERY_MS: Final = 15_000
_TOLD_AT_ONCE: Final = 4
"""Bunches of rows in one summary: some 500 rows of a province."""

SPOT_KIND: Final = "gap-spot"
"""Kind of the signal that a spot of the programme has coverage; its ``device`` is the spot's id."""


class _Row:
    """A row's samples by day, and as they were when they were last looked at."""

    __slots__ = ("bucket", "days", "dirty", "samples")

    def __init__(self, days: CellDays, bucket: int) -> None:
        self.days = days
        self.bucket = bucket
        self.samples: Samples | None = None
        self.dirty = False


_Sample = tuple[_Row, int, bool, bool]
"""A sample that was counted: row, day, whether its strength is usable, whether it is good."""


class CoverageWatch:
    """Coverage of the cells from which signal strengths with positions came. A companion of the source ``bts``.

    Rows live in memory and are written down on a timer. A row belongs to the partition of the sites that serve it: a
    cell that sites of two partitions serve is two rows, which the province's owner adds up.

    Args:
        rules: When a cell has coverage.
        store: State of the partition.
        programme: Spots whose coverage is waited for.
        checkpoint: Between two writings; a crash can cost a week of samples those of such a time.

    """

    def __init__(
        self,
        rules: CoverageRules,
        store: Store,
        programme: GapProgramme,
        *,
        checkpoint: timedelta,
    ) -> None:
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._rules = rules
        self._store = store
        self._rows: dict[RowKey, _Row] = {}
        self._dirty: dict[RowKey, None] = {}
        self._touched: list[_Sample] | None = None
        self._resolution, self._gap_dbm, self._weak_dbm = rules.resolution, rules.gap_dbm, rules.weak_dbm
        self._written_ms = 0
        self._cursor: Iterator[RowKey] = iter(())
        self._untold: dict[int, None] = {}
        self._told_ms = [0] * _BUCKETS
        self._spots: dict[int, list[Spot]] = {}
        for spot in programme.spots:
            if spot.lat is not None and spot.lon is not None:
                self._spots.setdefault(cell_at(spot.lat, spot.lon, rules.resolution), []).append(spot)
        self._verified = {
            key[len(_SPOTS) :].decode() for key, _ in store.items() if key.startswith(_SPOTS)
        }  # fmt: skip
        for name, value in store.items():
            if name.startswith(ROW_PREFIX) and (days := CellDays.decode(value, rules.days)) is not None:
                key = row_key(name)
                self._rows[key] = _Row(days, _bucket(key))

    def take(self, event: Any, at_s: float, _: int) -> Finding | None:
        """Count a sample that has a signal strength and a position."""
        rsrp, lat = event.rsrp_dbm, event.lat
        if rsrp is None or lat is None:
            return None
        key = cell_at(lat, event.lon, self._resolution), event.operator, event.technology
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= _MOST_ROWS:
                return None
            row = self._add(key)
        day, days = int(at_s // DAY_S), row.days
        if day > days.newest:
            self._turn(row, day)
        elif day <= days.newest - self._rules.days:
            return None
        touched = self._touched
        if touched is None:
            touched = self._begin()
        usable, good = rsrp >= self._gap_dbm, rsrp >= self._weak_dbm
        days.add(day, 1, usable, good)
        touched.append((row, day, usable, good))
        if not row.dirty:
            row.dirty = True
            self._dirty[key] = None
        return None

    def _add(self, key: RowKey) -> _Row:
        row = self._rows[key] = _Row(CellDays(self._rules.days), _bucket(key))
        self._store.journal(lambda: self._drop(key))
        return row

    def _turn(self, row: _Row, day: int) -> None:
        """Begin a day of a row; not in step with the list of samples, so what came before is taken back first."""
        self._touched = None
        days = row.days
        before = days.encode()
        days.turn(day)

        def undo() -> None:
            row.days = CellDays.decode(before, self._rules.days) or days

        self._store.journal(undo)

    def _begin(self) -> list[_Sample]:
        """Start a batch: one undo step takes back all of its samples."""
        touched: list[_Sample] = []
        self._touched = touched

        def undo() -> None:
            self._touched = None
            for row, day, usable, good in touched:
                row.days.add(day, -1, usable, good)

        self._store.journal(undo)
        return touched

    def flush(self, _: int) -> None:
        """End a batch; the timer writes down what its samples changed."""
        self._touched = None

    def tick(self, now_ms: int) -> Iterator[Notice]:
        """Look at the classes of some rows, and write down what is due."""
        today = now_ms // 1000 // DAY_S
        for key in list(islice(self._cursor, _LOOKED_AT)) or self._again():
            row = self._rows.get(key)
            if row is not None:
                yield from self._look(key, row, today, now_ms)
        if self._dirty and now_ms - self._written_ms >= self._checkpoint_ms:
            self._written_ms = now_ms
            dirty, self._dirty = self._dirty, {}
            for key in dirty:
                if (row := self._rows.get(key)) is not None:
                    row.dirty = False
                    self._store.put(row_name(key), row.days.encode())
            self._store.journal(lambda: self._soil(dirty))

    def _soil(self, keys: Iterable[RowKey]) -> None:
        """What was not written down after all is still to be."""
        for key in keys:
            if (row := self._rows.get(key)) is not None:
                row.dirty = True
                self._dirty[key] = None

    def _again(self) -> list[RowKey]:
        """Begin with the first row again; the next tick goes on from there."""
        self._cursor = iter(list(self._rows))
        return list(islice(self._cursor, _LOOKED_AT))

    def _look(self, key: RowKey, row: _Row, today: int, now_ms: int) -> Iterator[Notice]:
        if row.days.newest < today - self._rules.days:
            self._forget(key, row)
            return
        samples = row.days.within(self._rules, today)
        if samples != row.samples:
            row.samples = samples
            self._untold[row.bucket] = None
        if key[0] not in self._spots:
            return
        if class_of(self._rules, samples) == "ok":
            for spot in self._spots[key[0]]:
                if spot.id not in self._verified and spot.wants(key[1], key[2]):
                    yield self._verify(spot, key, samples, now_ms)

    def _verify(self, spot: Spot, key: RowKey, samples: Samples, now_ms: int) -> Notice:
        name = _SPOTS + spot.id.encode()
        self._store.put(name, b"")
        self._verified.add(spot.id)
        self._store.journal(lambda: self._verified.discard(spot.id))
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        return Notice(_covered(spot, key, samples, self._rules), at, spot.lat, spot.lon)

    def _forget(self, key: RowKey, row: _Row) -> None:
        self._drop(key)
        self._store.delete(row_name(key))

        def undo() -> None:
            self._rows[key] = row
            self._soil((key,))

        self._store.journal(undo)

    def _drop(self, key: RowKey) -> None:
        row = self._rows.pop(key, None)
        self._dirty.pop(key, None)
        if row is not None:
            self._untold[row.bucket] = None

    def bunches(self, now_ms: int) -> list[CoverageBunch]:
        """What the province's owner is to know anew: of what has changed some, so that no tick takes long."""
        due = [each for each in self._untold if now_ms - self._told_ms[each] >= _TELL_EVERY_MS][:_TOLD_AT_ONCE]
        if not due:
            return []
        before = [self._told_ms[each] for each in due]

        def undo() -> None:
            for each, told_ms in zip(due, before, strict=True):
                self._untold[each], self._told_ms[each] = None, told_ms

        self._store.journal(undo)
        today = now_ms // 1000 // DAY_S
        bunches = {each: CoverageBunch(each, []) for each in due}
        for each in due:
            del self._untold[each]
            self._told_ms[each] = now_ms
        for (cell, operator, technology), row in self._rows.items():
            if (bunch := bunches.get(row.bucket)) is not None:
                if row.samples is None:
                    row.samples = row.days.within(self._rules, today)
                if row.samples.total:
                    bunch.rows.append(CoverageCount(f"{cell:x}", operator, technology, list(row.samples)))
        return list(bunches.values())

    def gauges(self, _: int) -> Gauges:
        """None of its own: a cell has one class, whoever serves it, and only the owner knows that."""
        return {}


def _bucket(key: RowKey) -> int:
    return crc32(row_name(key)) % _BUCKETS


def _covered(spot: Spot, key: RowKey, samples: Samples, rules: CoverageRules) -> Finding:
    """The end of a gap: it ends no incident where none was opened, and the programme's owner counts it."""
    _, operator, technology = key
    title = f"Điểm lõm sóng đã có sóng: {spot.name} ({operator} {technology})"
    share = 100 * samples.good // samples.total
    return Finding(
        kind=SPOT_KIND,
        category="telecom",
        subcategory="no_signal",
        severity="low",
        confidence=1.0,
        title=title,
        text=(
            f"{title}; {samples.total} mẫu đo trong {rules.days} ngày, {share} % đạt từ {rules.weak_dbm:g} dBm. "
            f"Căn cứ: {rules.source}."
        ),
        evidence={
            "spot": spot.id, "operator": operator, "technology": technology, "cell": f"{key[0]:x}", **samples._asdict(),
        },
        rule_id="bts/gap-spot-verified",
        clears=True,
        device=spot.id,
    )  # fmt: skip
