"""``ioc.raw.sensors`` to hours: how many readings of a series, the least, the greatest and their sum.

A moment of a series counts once, whoever sends it again: each hour keeps the moments that it has counted, four bytes
each, until no reading can come for it any more. What a reading is worth and whether it is too late follows from the
record alone (its time in Kafka), never from the clock, so that reading the topic again gives the same hours.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, tuple_

from connectors.store import schema
from connectors.store.records import Record, clean
from connectors.store.upserts import Sink, chunks
from ioc.events import Sensor, decode_batch
from ioc.topics import RAW

_HOUR_S: Final = 3600
_KEY: Final = ("device_id", "metric", "unit", "hour")
_FIELDS: Final = ("count", "bad", "minimum", "maximum", "total", "synthetic", "seen")
_WORD: Final = "I"
assert array(_WORD).itemsize == 4

Judge = Callable[[Sensor], bool]
"""Whether a reading is a measurement: the instrument says that it is good, and the value is possible."""
HourKey = tuple[str, str, str, datetime]


@dataclass(slots=True)
class Sample:
    """One reading that counts.

    Attributes:
        moment: Microseconds into its hour.
        good: It is a measurement; else it is only counted as bad.

    """

    key: HourKey
    moment: int
    value: float
    good: bool
    synthetic: bool


class HourReader:
    """Reads records.

    Args:
        judge: Which readings are measurements.
        max_future: How far ahead of its acceptance a reading may be.
        late: Readings of an hour that ended longer ago than this at their acceptance are passed over.

    """

    def __init__(self, judge: Judge, max_future: timedelta, late: timedelta) -> None:
        self._judge = judge
        self._max_future = max_future
        self._max_future_s = max_future.total_seconds()
        self._late_s = late.total_seconds() + _HOUR_S

    def read(self, records: Sequence[Record]) -> list[Sample]:
        """What the records say; those that intake rejects, and what is too late, are left out."""
        if not records:
            return []
        newest = datetime.fromtimestamp(max(record.at_ms for record in records) / 1000, UTC)
        decoded = decode_batch(
            "sensors",
            RAW["sensors"],
            [record.value for record in records],
            [record.headers for record in records],
            now=newest,
            max_future=self._max_future,
        )
        samples = []
        for event, index, at_s in zip(decoded.events, decoded.indexes, decoded.times, strict=True):
            accepted_s = records[index].at_ms / 1000
            hour_s = int(at_s // _HOUR_S) * _HOUR_S
            if at_s - accepted_s <= self._max_future_s and accepted_s - hour_s <= self._late_s:
                samples.append(self._sample(event, hour_s))
        return samples

    def _sample(self, event: Sensor, hour_s: int) -> Sample:
        hour = datetime.fromtimestamp(hour_s, UTC)
        key = clean(event.device_id), clean(event.metric), clean(event.unit), hour
        moment = (event.observed_at - hour) // timedelta(microseconds=1)
        return Sample(key, moment, event.value, self._judge(event), event.synthetic is True)


def store_hours(sink: Sink, samples: Sequence[Sample]) -> int:
    """Add readings to their hours; returns how many were new."""
    rows = _load(sink.connection, {sample.key for sample in samples})
    moments = {key: _unpacked(row["seen"]) for key, row in rows.items() if row["seen"] is not None}
    changed: set[HourKey] = set()
    new = 0
    for sample in samples:
        row = rows.get(sample.key)
        if row is None:
            row = rows[sample.key] = _empty(sample.key)
            moments[sample.key] = array(_WORD)
        seen = moments.get(sample.key)
        if seen is None or not _is_new(seen, sample.moment):
            continue  # the hour is sealed, or the moment is in it
        _count(row, sample)
        changed.add(sample.key)
        new += 1
    for key in changed:
        rows[key]["seen"] = _packed(moments[key])
    sink.put(schema.telemetry_hours, [rows[key] for key in sorted(changed)], _KEY)
    return new


def _load(connection: Connection, keys: set[HourKey]) -> dict[HourKey, dict[str, Any]]:
    table = schema.telemetry_hours
    found: dict[HourKey, dict[str, Any]] = {}
    for part in chunks(sorted(keys), 200):
        wanted = select(table).where(tuple_(*(table.c[name] for name in _KEY)).in_(part))
        for row in connection.execute(wanted).mappings():
            found[row["device_id"], row["metric"], row["unit"], row["hour"]] = dict(row)
    return found


def _empty(key: HourKey) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(_KEY, key, strict=True))
    return row | dict(zip(_FIELDS, (0, 0, None, None, 0.0, False, None), strict=True))


def _count(row: dict[str, Any], sample: Sample) -> None:
    row["synthetic"] = row["synthetic"] or sample.synthetic
    if not sample.good:
        row["bad"] += 1
        return
    row["count"] += 1
    row["total"] += sample.value
    row["minimum"] = sample.value if row["minimum"] is None else min(row["minimum"], sample.value)
    row["maximum"] = sample.value if row["maximum"] is None else max(row["maximum"], sample.value)


def _is_new(seen: array[int], moment: int) -> bool:
    """Remember a moment; false where it is known."""
    place = bisect_left(seen, moment)
    if place < len(seen) and seen[place] == moment:
        return False
    seen.insert(place, moment)
    return True


def _packed(moments: array[int]) -> bytes:
    """Little-endian, so that the file may move to another machine."""
    if sys.byteorder == "big":
        moments = array(_WORD, moments)
        moments.byteswap()
    return moments.tobytes()


def _unpacked(raw: bytes) -> array[int]:
    moments = array(_WORD)
    moments.frombytes(raw)
    if sys.byteorder == "big":
        moments.byteswap()
    return moments
