"""Metrics of the registered devices of one partition that stay away while their device speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from ioc.catalog import Device
from ioc.detect.missing import MissingRules, Probe, decode_probes, encode_probes, found, missing
from ioc.detect.model import Finding
from ioc.intake.companion import Gauges, Notice
from ioc.ports import Store

_PREFIX: Final = b"missing/"
_LOOK_MS: Final = 15_000
"""Between two looks at all devices."""
_MOST_METRICS: Final = 100
"""Of one device; names beyond it are taken for made up."""


class MissingWatch:
    """Knows which metrics each device sends how often, and says when one stays away.

    A metric is missing when its device has gone on speaking for several of the metric's usual intervals, in event
    time and as received: a backlog that comes at once, metric by metric, misses nothing.

    Newest times are written down on a timer, news at once. Taking a round back leaves the newest times: the same
    readings will bring the same ones.

    Args:
        rules: When a metric is missing.
        devices: The register.
        store: State of the partition.
        checkpoint: Between two writings of one device.

    """

    def __init__(
        self, rules: MissingRules, devices: Mapping[str, Device], store: Store, *, checkpoint: timedelta
    ) -> None:
        self._rules = rules
        self._store = store
        self._checkpoint_ms = checkpoint / timedelta(milliseconds=1)
        self._intervals = {
            name: device.interval_s
            for name, device in devices.items()
            if device.source == "sensors" and device.interval_s is not None
        }
        self._devices: dict[str, dict[str, Probe]] = {}
        self._spoke_s: dict[str, float] = {}
        self._heard_ms: dict[str, int] = {}
        self._back_ms: dict[str, int] = {}
        """When a device was heard again that had not been for longer than a metric may stay away."""
        self._dirty: set[str] = set()
        self._written_ms = self._looked_ms = 0
        for key, value in store.items():
            if key.startswith(_PREFIX) and (device := key[len(_PREFIX) :].decode()) in self._intervals:
                probes = self._devices[device] = decode_probes(value)
                self._spoke_s[device] = max(probe.last_s for probe in probes.values())
                self._heard_ms[device] = max(probe.heard_ms for probe in probes.values())

    def take(self, event: Any, at_s: float, accepted_ms: int) -> Finding | None:
        """Take in a reading, whatever the instrument's status: it was sent."""
        device = event.device_id
        interval_s = self._intervals.get(device)
        if interval_s is None:
            return None
        probes = self._devices.get(device)
        if probes is None:
            probes = self._devices[device] = {}
        if at_s > self._spoke_s.get(device, 0.0):
            self._spoke_s[device] = at_s
        heard_ms = self._heard_ms.get(device, 0)
        if accepted_ms > heard_ms:
            if accepted_ms - heard_ms > 1000 * self._rules.allowed_s(interval_s):
                self._back_ms[device] = accepted_ms
            self._heard_ms[device] = accepted_ms
        self._dirty.add(device)
        probe = probes.get(event.metric)
        if probe is None:
            if len(probes) < _MOST_METRICS:
                probes[event.metric] = Probe(at_s, accepted_ms, interval_s)
            return None
        if at_s < probe.last_s or (at_s == probe.last_s and not probe.missing):
            return None
        if not probe.missing:
            probe.hear(at_s, accepted_ms, self._rules.readings)
            return None
        # The time without it is no gap that is usual.
        probe.last_s, probe.heard_ms = at_s, accepted_ms
        self._set(device, probe, missing=False)
        return found(self._rules, device, event.metric, at_s)

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Look at all devices, several times a minute."""
        if now_ms - self._looked_ms < _LOOK_MS:
            return ()
        self._looked_ms = now_ms
        return [
            notice
            for device, probes in self._devices.items()
            for metric, probe in probes.items()
            if (notice := self._look(device, metric, probe, now_ms)) is not None
        ]

    def flush(self, now_ms: int) -> None:
        """Write down the devices that spoke since the last time."""
        if now_ms - self._written_ms < self._checkpoint_ms:
            return
        self._written_ms = now_ms
        written = tuple(self._dirty)
        for device in written:
            self._write(device)
        self._dirty.clear()
        self._store.journal(lambda: self._dirty.update(written))

    def gauges(self, _now_ms: int) -> Gauges:
        """No figures."""
        return {}

    def _look(self, device: str, metric: str, probe: Probe, now_ms: int) -> Notice | None:
        if probe.missing or probe.readings < self._rules.readings:
            return None
        spoke_s = self._spoke_s[device]
        allowed_s = self._rules.allowed_s(max(self._intervals[device], probe.usual_s))
        due_s = probe.last_s + allowed_s
        if spoke_s < due_s or now_ms - max(probe.heard_ms, self._back_ms.get(device, 0)) < allowed_s * 1000:
            return None
        self._set(device, probe, missing=True)
        at = datetime.fromtimestamp(due_s, UTC)
        return Notice(missing(self._rules, device, metric, probe.last_s, spoke_s), at)

    def _set(self, device: str, probe: Probe, *, missing: bool) -> None:
        before = probe.missing
        probe.missing = missing
        self._write(device)
        self._store.journal(partial(setattr, probe, "missing", before))

    def _write(self, device: str) -> None:
        self._store.put(_PREFIX + device.encode(), encode_probes(self._devices[device]))
