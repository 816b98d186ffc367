"""Live data quality of all sources: sums over the partitions, judged window by window."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson

from ioc import metrics
from ioc.area.detector import AreaWriter
from ioc.catalog import Device
from ioc.derived import derived
from ioc.identity import digest
from ioc.quality import DIMENSIONS, Dimension, Floor, QualityRules, Sums
from ioc.quality.books import SUMS, Cell, QualityBooks, decode_cell, encode_cell
from ioc.records import Health, Signal
from ioc.vocabulary import SOURCES, Source

KEPT_S: Final = 8 * 86_400
"""Counts are kept for the weekly report, and a day more."""

_STATE: Final = b"quality/state"
_NAMES: Final[dict[Dimension, str]] = {
    "correct": "đúng", "complete": "đủ", "clean": "sạch", "live": "sống",
}  # fmt: skip
_MEANING: Final[dict[Dimension, str]] = {
    "correct": "bản ghi hợp lệ và hợp lý trên bản ghi đã nhận",
    "complete": "bản ghi đã có trên bản ghi phải có theo danh mục thiết bị",
    "clean": "bản ghi không bị gửi lặp trên bản ghi đã nhận",
    "live": "bản ghi đến trong thời gian cho phép",
}
_ALL: Final = "*"
"""Stands for all classes of a source."""


class _Counted(NamedTuple):
    """What is judged: the counts of a class (or all) in a window, and the records that it owes."""

    source: Source
    kind: str
    window: int
    sums: Sums
    owed: int


class QualityWatch:
    """Adds up what the partitions counted, shows it, and says when a dimension stays below what is asked.

    A named class of devices is judged by itself; a source as a whole only where none of its classes is to blame.
    Judging begins with the first whole window after the first record, and waits after a start of the process as long
    as after the end of a window, so that what queued in the meantime is counted.
    """

    prefix = b"quality/"

    def __init__(self, rules: QualityRules, devices: Mapping[str, Device]) -> None:
        self._rules = rules
        self._books = QualityBooks(devices, rules.window_s)
        self._made = _all_made(devices)
        self._judged: int | None = None
        self._bad: dict[str, int] = {}
        """Bad windows in a row by ``source/class/dimension``; negative: told, and not over."""
        self._opened: datetime | None = None
        self._shown: dict[tuple[str, ...], float] | None = None

    def load(self, key: bytes, value: bytes) -> None:
        if key.startswith(SUMS):
            self._books.add(*decode_cell(key, value))
        else:
            self._judged, self._bad = orjson.loads(value)

    def signal(self, signal: Signal, _now: datetime, _writer: AreaWriter) -> Signal:
        return signal

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        self._open(now, writer)
        for row in health.quality:
            cell, sums = Cell(health.source, row.kind, row.window), Sums.read(row.sums)
            known = self._books.sums.get(cell)
            self._books.add(cell, sums)
            self._shown = None
            writer.put(*encode_cell(cell, self._books.sums[cell]))
            writer.undo(lambda cell=cell, known=known: self._restore(cell, known))  # type: ignore[misc]

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        self._open(now, writer)
        if self._judged is None or self._opened is None:
            return
        grace_s = self._rules.grace_s
        if (now - self._opened).total_seconds() < grace_s:
            return
        newest = int((now.timestamp() - grace_s) // self._rules.window_s) - 1
        if newest <= self._judged:
            return
        before, bad = self._judged, dict(self._bad)
        writer.undo(lambda: self._take_back(before, bad))
        # After a long rest the windows of the rest are passed over: nobody heard what was sent in them.
        for window in range(max(self._judged + 1, newest - self._rules.windows + 1), newest + 1):
            self._judge(window, now, writer)
        self._judged, self._shown = newest, None
        self._store(writer)
        self._forget(newest, writer)

    def gauges(self, _now: datetime) -> Mapping[tuple[str, ...], float]:
        """Of the newest window that was judged."""
        if self._shown is None and self._judged is not None:
            self._shown = self._figures(self._judged)
        return self._shown or {}

    def _figures(self, window: int) -> dict[tuple[str, ...], float]:
        name = metrics.SOURCE_QUALITY.name
        return {
            (name, source, dimension): value
            for source in SOURCES
            for dimension, value in zip(DIMENSIONS, self._books.ratios(source, window), strict=True)
            if value is not None
        }

    def _open(self, now: datetime, writer: AreaWriter) -> None:
        if self._opened is None:
            self._opened = now
        if self._judged is None:
            self._judged = int(now.timestamp() // self._rules.window_s)
            writer.undo(lambda: self._take_back(None, {}))
            self._store(writer)

    def _judge(self, window: int, now: datetime, writer: AreaWriter) -> None:
        books = self._books
        for source in SOURCES:
            blamed: set[Dimension] = set()
            for kind in books.kinds(source, window):
                if kind:
                    of_class = _Counted(source, kind, window, *books.of_class(source, kind, window, window))
                    blamed |= self._compare(of_class, now, writer)
            whole = _Counted(source, _ALL, window, *books.of_source(source, window, window))
            self._compare(whole, now, writer, blamed)

    def _compare(
        self, counted: _Counted, now: datetime, writer: AreaWriter, passed: Collection[Dimension] = ()
    ) -> set[Dimension]:
        """Judge one class; returns the dimensions that are too low."""
        source, kind, _, sums, owed = counted
        if max(sums.received, owed) < self._rules.least_records:
            return set()
        low: set[Dimension] = set()
        ratios = sums.ratios(owed)
        for dimension, floor in self._rules.sources[source].floors.items():
            value, key = ratios.of(dimension), f"{source}/{kind}/{dimension}"
            if value is None or dimension in passed:
                continue
            if value < floor.least:
                low.add(dimension)
            if (clears := self._news(key, value, floor)) is not None:
                writer.emit(self._said(counted, dimension, value, now, clears=clears))
        return low

    def _news(self, key: str, value: float, floor: Floor) -> bool | None:
        """Follow one ratio; true: it is over, false: it is to be told."""
        streak = self._bad.get(key, 0)
        if value < floor.least and streak >= 0:
            told = streak + 1 >= self._rules.windows
            self._bad[key] = -1 if told else streak + 1
            return False if told else None
        if streak and value >= (floor.least if streak > 0 else floor.clear):
            del self._bad[key]
            return True if streak < 0 else None
        return None

    def _said(self, counted: _Counted, dimension: Dimension, value: float, now: datetime, *, clears: bool) -> Signal:
        source, kind, window, sums, owed = counted
        rules, floor = self._rules, self._rules.sources[source].floors[dimension]
        at = datetime.fromtimestamp((window + 1) * rules.window_s, UTC)
        device = _name(source, kind)
        what = f"nguồn {source}" if kind == _ALL else f"nguồn {source}, loại {kind}"
        share = f"{value * 100:.1f}".replace(".", ",")
        least = f"{floor.least * 100:g}".replace(".", ",")
        word = "trở lại bình thường" if clears else "thấp"
        return derived(
            signal_id=f"quality:{digest(device, f'{dimension}/{window}/{clears}'):016x}",
            source=source,
            publisher=f"urn:ioc:quality:{source}",
            event_id=f"{kind}/{dimension}/{window}",
            kind=f"quality:{dimension}",
            severity=rules.severity,
            at=at,
            title=f"Chất lượng dữ liệu ({_NAMES[dimension]}) {word}: {what}, {share} %",
            text=(
                f"Tiêu chí {_NAMES[dimension]} ({_MEANING[dimension]}) của {what} là {share} %, "
                f"mức tối thiểu {least} %. Căn cứ: {rules.source}."
            ),
            evidence={
                "source": source,
                "class": None if kind == _ALL else kind,
                "dimension": dimension,
                "value": round(value, 4),
                "least": floor.least,
                "received": sums.received,
                "expected": owed,
                "window_s": rules.window_s,
                "limit_source": rules.source,
                "limit_date": rules.since.isoformat(),
            },
            rule_id=f"quality/{source}/{dimension}",
            versions={"quality": rules.version},
            accepted_at=now,
            clears=clears,
            device=device,
            made=device in self._made,
        )

    def _store(self, writer: AreaWriter) -> None:
        writer.put(_STATE, orjson.dumps([self._judged, self._bad]))

    def _forget(self, newest: int, writer: AreaWriter) -> None:
        first = newest - KEPT_S // self._rules.window_s
        for cell in [cell for cell in self._books.sums if cell.window < first]:
            known = self._books.sums.pop(cell)
            writer.delete(encode_cell(cell, known)[0])
            writer.undo(lambda cell=cell, known=known: self._restore(cell, known))  # type: ignore[misc]

    def _restore(self, cell: Cell, known: Sums | None) -> None:
        self._shown = None
        if known is None:
            self._books.sums.pop(cell, None)
        else:
            self._books.sums[cell] = known

    def _take_back(self, judged: int | None, bad: dict[str, int]) -> None:
        self._judged, self._bad, self._shown = judged, bad, None


def _all_made(devices: Mapping[str, Device]) -> frozenset[str]:
    """Classes and sources all of whose devices a simulator has made: what is said of them is marked as made."""

    def names(device: Device) -> tuple[str, str]:
        return _name(device.source, device.kind), _name(device.source, _ALL)

    real = {name for device in devices.values() if not device.synthetic for name in names(device)}
    return frozenset(name for device in devices.values() for name in names(device) if name not in real)


def _name(source: Source, kind: str) -> str:
    return f"quality/{source}/{kind}"
