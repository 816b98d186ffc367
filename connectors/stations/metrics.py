"""Prometheus objects of the watcher."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from ioc import metrics as catalogue

_READINGS: Final = ("accepted", "duplicate", "rejected")
_FILES: Final = ("done", "quarantined")


class Metrics:
    """What the watcher counts, in a registry of its own; every series is there from the start."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        readings, files = catalogue.STATION_READINGS, catalogue.STATION_FILES
        self._readings = self._counters(readings, _READINGS)
        self._files = self._counters(files, _FILES)
        waiting, broker, build = catalogue.STATION_FILES_OPEN, catalogue.BROKER_UP, catalogue.BUILD_INFO
        self._waiting = Gauge(waiting.name, waiting.help, registry=self._registry)
        self._broker = Gauge(broker.name, broker.help, registry=self._registry)
        version = metadata.version("ioc-stream")
        Gauge(build.name, build.help, build.labels, registry=self._registry).labels(version).set(1)

    def _counters(self, spec: catalogue.MetricSpec, outcomes: tuple[str, ...]) -> dict[str, Counter]:
        counter = Counter(spec.name, spec.help, spec.labels, registry=self._registry)
        return {outcome: counter.labels(outcome) for outcome in outcomes}

    def readings(self, *, accepted: int, duplicate: int, rejected: int) -> None:
        """Count the lines of a batch that is through."""
        for outcome, count in zip(_READINGS, (accepted, duplicate, rejected), strict=True):
            self._readings[outcome].inc(count)

    def files(self, *, done: int, quarantined: int) -> None:
        """Count the files of a batch that is through."""
        for outcome, count in zip(_FILES, (done, quarantined), strict=True):
            self._files[outcome].inc(count)

    def waiting(self, files: int) -> None:
        """Say how many files wait."""
        self._waiting.set(files)

    def broker(self, *, up: bool) -> None:
        """Say whether Kafka is there."""
        self._broker.set(up)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)
