"""Prometheus objects of the store's process."""

from __future__ import annotations

from collections import Counter as PlainCounter
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from connectors.store.positions import Partition
from connectors.store.writer import Written
from ioc import metrics as catalogue
from ioc.service import Figures, Key
from ioc.vocabulary import RATINGS

_GAPS: Final = ("retention", "recreated")
_STATES: Final = ("received", "done", "done_on_time", "open", "open_late", "returned", "reopened")
_WHOSE: Final = ("kafka", "store")


class Metrics:
    """What the process counts, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._records = self._counter(catalogue.STORE_RECORDS)
        self._rows = self._counter(catalogue.STORE_ROWS)
        self._gaps = self._counter(catalogue.STORE_GAPS)
        self._failures = self._counter(catalogue.STORE_FAILURES)
        self._deleted = self._counter(catalogue.STORE_DELETED)
        for kind in _GAPS:
            self._gaps.labels(kind)
        for whose in _WHOSE:
            self._failures.labels(whose)
        batch = catalogue.STORE_BATCH
        self._batch = Histogram(batch.name, batch.help, buckets=batch.buckets, registry=self._registry)
        self._lag = self._gauge(catalogue.CONSUMER_LAG)
        self._broker, self._up = self._gauge(catalogue.BROKER_UP), self._gauge(catalogue.STORE_UP)
        self.rows: PlainCounter[str] = PlainCounter()
        """Rows written by table, for who asks within the process."""
        self._on_time = self._gauge(catalogue.ON_TIME)
        self._month = self._gauge(catalogue.MONTH_INCIDENTS)
        self._ratings = self._gauge(catalogue.MONTH_RATINGS)
        self._gauge(catalogue.BUILD_INFO).labels(metadata.version("ioc-stream")).set(1)

    def _counter(self, spec: catalogue.MetricSpec) -> Counter:
        return Counter(spec.name, spec.help, spec.labels, registry=self._registry)

    def _gauge(self, spec: catalogue.MetricSpec) -> Gauge:
        return Gauge(spec.name, spec.help, spec.labels, registry=self._registry)

    def written(self, written: Written, seconds: float) -> None:
        """Count a batch that is committed."""
        self._batch.observe(seconds)
        for (topic, outcome), count in written.records.items():
            self._records.labels(topic, outcome).inc(count)
        for table, count in written.rows.items():
            self._rows.labels(table).inc(count)
        self.rows += written.rows

    def lag(self, partition: Partition, records: int) -> None:
        """Say how many records of a partition wait."""
        self._lag.labels(partition[0], str(partition[1])).set(records)

    def gap(self, kind: str) -> None:
        """Count a gap."""
        self._gaps.labels(kind).inc()

    def failed(self, whose: str) -> None:
        """Count a try that Kafka or the database did not answer."""
        self._failures.labels(whose).inc()

    def deleted(self, table: str, rows: int) -> None:
        """Count rows that were kept long enough."""
        self._deleted.labels(table).inc(rows)

    def up(self, *, kafka: bool, store: bool) -> None:
        """Say who is there."""
        self._broker.set(kafka)
        self._up.set(store)

    def month(self, counted: Mapping[Key, Figures]) -> None:
        """Show the running month; what is no longer counted goes away."""
        for metric in (self._on_time, self._month, self._ratings):
            metric.clear()
        for key, each in counted.items():
            if (ratio := each.on_time_ratio) is not None:
                self._on_time.labels(*key).set(ratio)
            for state in _STATES:
                self._month.labels(*key, state).set(getattr(each, state))
            for rating in RATINGS:
                self._ratings.labels(*key, rating).set(getattr(each, rating))

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)
