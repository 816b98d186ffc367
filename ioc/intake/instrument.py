"""The instruments of one partition's devices, watched as their readings are taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import orjson

from ioc.detect.instrument import GOOD, Flag, InstrumentRules
from ioc.detect.instrument_device import Told, finding, news
from ioc.detect.instrument_series import Series, Trouble, advanced, course, suspicion
from ioc.detect.model import QUIET, Evaluation, Finding, State
from ioc.intake.companion import Gauges, Notice
from ioc.intake.machines import Detector
from ioc.ports import Store

PREFIX: Final = b"instrument/"
_MOST_DEVICES: Final = 20_000
"""Of one partition; names beyond it are taken for made up."""
_MOST_METRICS: Final = 64
"""Of one device."""
_SILENT_S: Final = 4 * 86_400.0
"""A device that was silent for longer is forgotten: longer than anything that is judged by its past."""
_SILENT_TOLD_S: Final = 30 * 86_400.0
"""The same while the operator waits for its recovery."""
_SWEEP_MS: Final = 3_600_000
CHECKPOINT: Final = timedelta(minutes=10)
"""What is remembered of good readings is written down this often, per device. A crash makes a series stand still for
at most so much longer or shorter than it did, of the day that it takes."""

_ZEROS: Final = frozenset({"out_of_range", "zeros"})
"""Flags by which a reading of 0 is no measurement because it is 0."""

_Undone = tuple[dict[str, Series], str, Series | None]


class InstrumentWatch:
    """Flags every reading, and says when a device is not to be trusted and when it is again.

    What goes wrong is written down at once, what is ordinary on a timer.

    Args:
        rules: What is expected of instruments.
        store: State of the partition.
        checkpoint: Between two writings of a device that is well.

    """

    def __init__(self, rules: InstrumentRules, store: Store, *, checkpoint: timedelta = CHECKPOINT) -> None:
        self._rules = rules
        self._own_flag = rules.flag
        self._checks = rules.checks
        self._late_ms = rules.late_s * 1000
        self._settle_ms = rules.settle_s * 1000
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._store = store
        self._devices: dict[str, dict[str, Series]] = {}
        self._troubles: dict[str, dict[str, Trouble]] = {}
        self._told: dict[str, dict[str, Told]] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._pending: dict[str, int | None] = {}
        self._dirty: dict[str, int] = {}
        self._log: list[_Undone] | None = None
        self._swept_ms = 0
        self._taken: Any = None
        self._taken_good = False
        self._counts: Counter[str] = Counter()
        self._turned: dict[str, float] = {}
        for key, value in store.items():
            if key.startswith(PREFIX):
                self._restore(key[len(PREFIX) :].decode(), value)
        for device, series in self._devices.items():  # what was not told before the start is not known
            self._turned[device] = max((each.seen_s for each in series.values()), default=0.0)

    def take(self, event: Any, at_s: float, accepted_ms: int) -> Finding | None:
        """Flag a reading; what that means is told by :meth:`tick`, when all metrics of its device had their turn."""
        flag = self.flag(event, at_s, accepted_ms)
        self._taken, self._taken_good = event, flag in GOOD
        return None

    def flag(self, event: Any, at_s: float, accepted_ms: int) -> Flag:
        """Flag and remember a new reading; ``at_s`` is its time, Unix seconds, ``accepted_ms`` when Kafka had it."""
        log = self._log
        if log is None:
            log = self._begin()
        flag = self._own_flag(event)
        device, metric = event.device_id, event.metric
        known = self._devices.get(device)
        if known is None:
            known = self._add(device)
        old = known.get(metric)
        newer = old is None or at_s > old.seen_s
        late = not newer or accepted_ms - at_s * 1000 > self._late_ms
        suspected: Flag | None = None
        bad = False
        if newer and (old is not None or len(known) < _MOST_METRICS):
            log.append((known, metric, old))
            # A zero that the metric cannot have is no measurement, and still one of too many zeros.
            if flag == "ok" or (flag == "out_of_range" and event.value == 0):
                series = known[metric] = advanced(old, at_s, event.value, self._rules)
                _, _, _, since_s, _, _, zeros, _, zeros_before = series
                if since_s != at_s or zeros or zeros_before:
                    suspected, bad = self._suspicion(metric, series)
            else:
                known[metric] = Series(at_s) if old is None else old._replace(seen_s=at_s)
            if device not in self._dirty:
                self._dirty[device] = accepted_ms
        if bad and (suspected == "flatline" or event.value == 0):
            assert suspected is not None
            flag = suspected
        elif late and flag == "ok":
            flag = "late"
        self._counts[flag] += 1
        if late:
            return flag
        troubles = self._troubles.get(device)
        trouble = None if troubles is None else troubles.get(metric)
        if trouble is not None or suspected is not None or flag != "ok":
            zero = event.value == 0 and flag in _ZEROS and metric in self._checks
            self._follow(event, trouble, course(trouble, flag, suspected, bad=bad, rules=self._rules, zero=zero))
        return flag

    def trusts(self, event: Any) -> bool:
        """Whether a reading that was taken is a measurement, for limits and means."""
        if event is self._taken:
            return self._taken_good
        if self._own_flag(event) not in GOOD:
            return False
        series = self._devices.get(event.device_id, {}).get(event.metric)
        if series is None:
            return True
        suspected, bad = self._suspicion(event.metric, series)
        return not (bad and event.value == (series.value if suspected == "flatline" else 0))

    def _suspicion(self, metric: str, series: Series) -> tuple[Flag | None, bool]:
        check = self._checks.get(metric)
        return (None, False) if check is None else suspicion(series, check, self._rules.min_readings)

    def drain(self) -> Mapping[str, int]:
        """Readings by flag since the last call."""
        counts, self._counts = dict(self._counts), Counter()
        return counts

    def maintained(self, device: str) -> bool:
        """Whether one of a device's instruments says that it is being calibrated."""
        return _calibrating(self._troubles.get(device))

    def turned(self) -> Iterable[tuple[str, float]]:
        """Devices that began or ceased to say so since the last call, and when."""
        turned, self._turned = self._turned, {}
        return turned.items()

    def tick(self, now_ms: int) -> list[Notice]:
        """What is news of devices whose metrics have had the time to fail together."""
        notices: list[Notice] = []
        for device, since_ms in list(self._pending.items()):
            if since_ms is None:
                self._pending[device] = now_ms
            elif now_ms - since_ms >= self._settle_ms:
                notices += self._tell(device)
        return notices

    def flush(self, now_ms: int) -> None:
        """End of a batch: write down the devices whose interval has passed, and forget the silent ones."""
        self._log = None
        due = []
        for device, since_ms in self._dirty.items():
            if now_ms - since_ms < self._checkpoint_ms:
                break
            due.append((device, since_ms))
        for device, _ in due:
            self._write(device)
        if due:
            self._store.journal(lambda: self._dirty.update(due))
        if now_ms - self._swept_ms >= _SWEEP_MS:
            self._swept_ms = now_ms
            self._sweep(now_ms / 1000)

    def gauges(self, _now_ms: int) -> Gauges:
        """None: readings by flag are totals, which the intake keeps."""
        return {}

    def _begin(self) -> list[_Undone]:
        """One undo step covers the readings of a batch."""
        log: list[_Undone] = []
        counts = self._counts.copy()

        def undo() -> None:
            for known, metric, old in reversed(log):
                if old is None:
                    known.pop(metric, None)
                else:
                    known[metric] = old
            self._log = None
            self._counts = counts

        self._store.journal(undo)
        self._log = log
        return log

    def _add(self, device: str) -> dict[str, Series]:
        if len(self._devices) >= _MOST_DEVICES:
            return {}
        known = self._devices[device] = {}
        self._store.journal(lambda: self._drop(device))
        return known

    def _drop(self, device: str) -> None:
        for entries in (self._devices, self._troubles, self._told, self._places, self._pending, self._dirty):
            entries.pop(device, None)

    def _follow(self, event: Any, before: Trouble | None, after: Trouble | None) -> None:
        if after == before:
            return
        device, metric = event.device_id, event.metric
        if device not in self._devices:
            return
        troubles = self._troubles.get(device, {})
        place = self._places.get(device)
        self._troubles[device] = dict(troubles)
        if after is None:
            self._troubles[device].pop(metric)
        else:
            self._troubles[device][metric] = after
            if event.lat is not None:
                self._places[device] = event.lat, event.lon
        if (after.level if after else 0) != (before.level if before else 0):
            self._pending.setdefault(device, None)
        if _calibrating(troubles) != _calibrating(self._troubles[device]):
            self._turned[device] = event.observed_at.timestamp()

        def undo() -> None:
            self._troubles[device] = troubles
            if place is None:
                self._places.pop(device, None)
            else:
                self._places[device] = place

        self._store.journal(undo)
        self._write(device)

    def _tell(self, device: str) -> list[Notice]:
        del self._pending[device]

        def undo_telling() -> None:
            self._pending.setdefault(device, None)

        self._store.journal(undo_telling)
        series, troubles = self._devices[device], self._troubles.get(device, {})
        told = self._told.get(device, {})
        changed = dict(told)
        newest_s = max(each.seen_s for each in series.values())
        lat, lon = self._places.get(device, (None, None))
        notices: list[Notice] = []
        for one in news(series, troubles, told, self._rules):
            at_s = series[one.name].seen_s if one.name in series else newest_s
            at = datetime.fromtimestamp(at_s, UTC)
            notices.append(Notice(finding(device, one, series, troubles, self._rules), at, lat, lon))
            if one.over:
                del changed[one.name]
            else:
                changed[one.name] = one.told
        if notices:
            self._told[device] = changed

            def undo() -> None:
                self._told[device] = told

            self._store.journal(undo)
            self._write(device)
        return notices

    def _sweep(self, now_s: float) -> None:
        for device in [name for name, known in self._devices.items() if self._is_gone(name, known, now_s)]:
            raw = self._encoded(device)
            self._drop(device)
            self._store.delete(PREFIX + device.encode())
            self._store.journal(partial(self._restore, device, raw))

    def _is_gone(self, device: str, known: dict[str, Series], now_s: float) -> bool:
        newest = max((series.seen_s for series in known.values()), default=0.0)
        return now_s - newest > (_SILENT_TOLD_S if self._told.get(device) else _SILENT_S)

    def _write(self, device: str) -> None:
        self._dirty.pop(device, None)
        self._store.put(PREFIX + device.encode(), self._encoded(device))

    def _encoded(self, device: str) -> bytes:
        series, troubles, told = self._devices[device], self._troubles.get(device, {}), self._told.get(device, {})
        kinds: tuple[Mapping[str, Sequence[Any]], ...] = series, troubles, told
        rows = [{name: list(row) for name, row in entries.items()} for entries in kinds]
        return orjson.dumps([*rows, self._places.get(device)])

    def _restore(self, device: str, raw: bytes) -> None:
        series, troubles, told, place = orjson.loads(raw)
        self._devices[device] = {metric: Series(*row) for metric, row in series.items()}
        if troubles:
            self._troubles[device] = {metric: Trouble(*row) for metric, row in troubles.items()}
        if told:
            self._told[device] = {name: Told(*row) for name, row in told.items()}
        if place:
            self._places[device] = place[0], place[1]
        if troubles or told:
            self._pending[device] = None


def _calibrating(troubles: Mapping[str, Trouble] | None) -> bool:
    return troubles is not None and any(each.last == "calibrating" for each in troubles.values())


class TrustedReadings:
    """A detector that only measurements reach."""

    def __init__(self, detector: Detector, watch: InstrumentWatch) -> None:
        self.key = detector.key
        self._evaluate = detector.evaluate
        self._trusts = watch.trusts

    def evaluate(self, event: Any, state: State | None) -> Evaluation:
        """Judge one reading, unless it is none."""
        return self._evaluate(event, state) if self._trusts(event) else QUIET
