"""Rain sums of the gauges of one partition, held against the limits that their own sums would be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final

from ioc.detect import SensorDetector, State, decode_state, encode_state
from ioc.detect.model import Finding
from ioc.detect.rain import AMOUNT, BUCKET_S, UNIT, WINDOWS, RainGauge, RainRules, RainSum, bucket_of
from ioc.intake.companion import Gauges, Notice
from ioc.ports import Store

_GAUGES: Final = b"rain/gauge/"
_STATES: Final = b"rain/state/"
_MOST_GAUGES: Final = 2_000
"""Of one partition; names beyond it are taken for made up."""
_FORGOTTEN_S: Final = 48 * 3600


class RainWatch:
    """Makes sums of amounts, for gauges that do not send sums themselves.

    An amount is part of a sum for a whole day, so what fell is written down with the batch that told it; dry readings
    are not.

    Args:
        rules: What is believed of amounts.
        detector: Has the limits.
        trusts: Whether a reading is a measurement.
        store: State of the partition.
        fresh_s: An amount that arrives later than this counts, but its sum is not news: it is of then.

    """

    def __init__(
        self,
        rules: RainRules,
        detector: SensorDetector,
        trusts: Callable[[Any], bool],
        store: Store,
        *,
        fresh_s: float = inf,
    ) -> None:
        self._fresh_s = fresh_s
        self._most_mm = rules.most_mm
        self._counters = rules.counters
        self._detector = detector
        self._trusts = trusts
        self._store = store
        self._gauges: dict[str, RainGauge] = {}
        self._states: dict[str, State] = {}
        self._dirty: set[str] = set()
        self._swept_ms = 0
        for key, value in store.items():
            if key.startswith(_GAUGES):
                self._gauges[key[len(_GAUGES) :].decode()] = RainGauge.decode(value)
            elif key.startswith(_STATES):
                self._states[key[len(_STATES) :].decode()] = decode_state(value)

    def take(self, event: Any, at_s: float, accepted_ms: int) -> Finding | None:
        """Take in a reading; the news of a sum that it completes, one at a time."""
        if event.metric != AMOUNT:
            if event.metric in WINDOWS:
                self._learn(event.device_id, event.metric, bucket_of(at_s))
            return None
        if event.unit != UNIT or event.value < 0 or not self._trusts(event):
            return None
        device, bucket, amount = event.device_id, bucket_of(at_s), event.value
        gauge = self._gauges.get(device)
        if gauge is None:
            if len(self._gauges) >= _MOST_GAUGES:
                return None
            gauge = RainGauge()
        if device in self._counters:
            since = gauge.since(amount, at_s)
            if since != 0 and (gauge.counted is None or at_s > gauge.counted[1]):
                gauge = self._change(device, gauge)
                gauge.counted = amount, at_s
            amount = since or 0.0
        if amount > self._most_mm:
            return None
        if amount or bucket > gauge.newest:
            gauge = self._change(device, gauge)
            gauge.add(bucket, amount)
        if bucket < gauge.newest or accepted_ms / 1000 - at_s > self._fresh_s:
            return None  # it counts, but a sum is news with the next reading: that one is of now
        for metric in WINDOWS:
            if metric not in gauge.own:
                finding = self._compare(RainSum(device, metric, gauge.total(metric), event.observed_at))
                if finding is not None:
                    return finding
        return None

    def tick(self, _now_ms: int) -> Iterable[Notice]:
        """Sums change with readings alone: a gauge that is silent says neither that it rains nor that it stopped."""
        return ()

    def flush(self, now_ms: int) -> None:
        """Write down the gauges that changed, and forget those that have been silent for two days."""
        for device in self._dirty:
            self._store.put(_GAUGES + device.encode(), self._gauges[device].encode())
        self._dirty.clear()
        if now_ms - self._swept_ms > BUCKET_S * 1000:
            self._swept_ms = now_ms
            oldest = bucket_of(now_ms / 1000 - _FORGOTTEN_S)
            for device in [name for name, gauge in self._gauges.items() if gauge.newest < oldest]:
                self._forget(device)

    def gauges(self, _now_ms: int) -> Gauges:
        """No figures."""
        return {}

    def _learn(self, device: str, metric: str, bucket: int) -> None:
        """The gauge sends this sum itself; its word goes before ours."""
        gauge = self._gauges.get(device)
        if gauge is None and len(self._gauges) >= _MOST_GAUGES:
            return
        if gauge is None or metric not in gauge.own or bucket > gauge.newest:
            gauge = self._change(device, gauge or RainGauge())
            gauge.own |= {metric}
            gauge.add(bucket, 0.0)

    def _compare(self, reading: RainSum) -> Finding | None:
        key = self._detector.key(reading)
        old = self._states.get(key)
        finding, state = self._detector.evaluate(reading, old)
        if state is not None:
            self._states[key] = state
            self._store.put(_STATES + key.encode(), encode_state(state))
            self._store.journal(lambda: self._restore_state(key, old))
        return finding

    def _change(self, device: str, gauge: RainGauge) -> RainGauge:
        """Put a copy in the gauge's place, once in a batch: taking the change back is putting the old one back."""
        if device in self._dirty:
            return gauge
        known = device in self._gauges
        copy = self._gauges[device] = gauge.copy()
        self._dirty.add(device)

        def undo() -> None:
            self._dirty.discard(device)
            if known:
                self._gauges[device] = gauge
            else:
                self._gauges.pop(device, None)

        self._store.journal(undo)
        return copy

    def _forget(self, device: str) -> None:
        gauge = self._gauges.pop(device)
        self._store.delete(_GAUGES + device.encode())
        self._store.journal(lambda: self._gauges.__setitem__(device, gauge))

    def _restore_state(self, key: str, old: State | None) -> None:
        if old is None:
            self._states.pop(key, None)
        else:
            self._states[key] = old
