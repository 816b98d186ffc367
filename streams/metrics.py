"""Prometheus objects for the catalogue in ``ioc.metrics``; children of labels are looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ioc import metrics as catalogue
from ioc.intake.companion import Gauges
from ioc.metrics import MetricSpec
from ioc.tally import Counts

disable_created_metrics()  # type: ignore[no-untyped-call]


def counter(spec: MetricSpec, registry: CollectorRegistry) -> Counter:
    """A counter of this process."""
    return Counter(spec.name, spec.help, spec.labels, registry=registry)


_gauges: WeakKeyDictionary[CollectorRegistry, dict[str, Gauge]] = WeakKeyDictionary()


def gauge(spec: MetricSpec, registry: CollectorRegistry) -> Gauge:
    """The gauge of this process: asked for again, it is the same one."""
    known = _gauges.setdefault(registry, {})
    if spec.name not in known:
        known[spec.name] = Gauge(spec.name, spec.help, spec.labels, registry=registry)
    return known[spec.name]


def histogram(spec: MetricSpec, registry: CollectorRegistry) -> Histogram:
    """A histogram of this process, with the catalogue's buckets."""
    return Histogram(spec.name, spec.help, spec.labels, buckets=spec.buckets, registry=registry)


class BatchHistogram(Collector):
    """A histogram that takes a batch of observations at once.

    ``prometheus_client`` observes one value in about 1 µs; a batch costs about 20 µs here, whatever its size.
    """

    def __init__(self, spec: MetricSpec, registry: CollectorRegistry) -> None:
        self._spec = spec
        self._bounds = np.asarray(spec.buckets)
        self._counts: dict[tuple[str, ...], np.ndarray] = {}
        self._sums: dict[tuple[str, ...], float] = {}
        registry.register(self)

    def observe(self, labels: tuple[str, ...], seconds: Sequence[float]) -> None:
        """Count observations under these label values."""
        values = np.asarray(seconds)
        counts = np.bincount(np.searchsorted(self._bounds, values), minlength=len(self._bounds) + 1)
        known = self._counts.get(labels)
        self._counts[labels] = counts if known is None else known + counts
        self._sums[labels] = self._sums.get(labels, 0.0) + float(values.sum())

    def describe(self) -> Iterable[Metric]:
        return [HistogramMetricFamily(self._spec.name, self._spec.help, labels=self._spec.labels)]

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(self._spec.name, self._spec.help, labels=self._spec.labels)
        for labels, counts in self._counts.items():
            cumulative = np.cumsum(counts)
            bounds = [*(str(float(bound)) for bound in self._bounds), "+Inf"]
            family.add_metric(labels, list(zip(bounds, cumulative.tolist(), strict=True)), self._sums[labels])
        yield family


class PartitionGauges(Collector):
    """Gauges of what the agents' partitions hold now, added up when they are asked for."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._parts: dict[tuple[str, int], Gauges] = {}
        self._specs = {spec.name: spec for spec in catalogue.PARTITIONED}
        registry.register(self)

    def update(self, agent: str, partition: int, figures: Gauges) -> None:
        """The figures of an agent's partition."""
        self._parts[agent, partition] = figures

    def remove(self, agent: str, partition: int) -> None:
        """The partition has moved to another worker."""
        self._parts.pop((agent, partition), None)

    def describe(self) -> Iterable[Metric]:
        return [GaugeMetricFamily(spec.name, spec.help, labels=spec.labels) for spec in self._specs.values()]

    def collect(self) -> Iterator[Metric]:
        sums: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in self._specs}
        for figures in list(self._parts.values()):
            for (name, *labels), figure in figures.items():
                series, key = sums[name], tuple(labels)
                series[key] = series.get(key, 0.0) + figure
        for name, spec in self._specs.items():
            family = GaugeMetricFamily(name, spec.help, labels=spec.labels)
            for labels_ in sorted(sums[name])[: spec.max_series]:
                family.add_metric(labels_, sums[name][labels_])
            yield family


class CommittedTotals(Collector):
    """Counters and gauges summed at scrape time from what the agents have committed.

    After a kill -9 the recovered state continues them; a partition that moves away takes its share along, so that
    the sum over all workers is right at any time (a single worker's counter then restarts lower, which Prometheus
    reads as a reset).
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._parts: dict[tuple[str, int], Counts] = {}
        self._specs = {spec.name: spec for spec in catalogue.COMMITTED}
        registry.register(self)

    def update(self, agent: str, partition: int, counts: Counts) -> None:
        """The totals of an agent's partition as of its last commit."""
        self._parts[agent, partition] = counts

    def remove(self, agent: str, partition: int) -> None:
        """The partition has moved to another worker."""
        self._parts.pop((agent, partition), None)

    def describe(self) -> Iterable[Metric]:
        return [self._family(spec) for spec in self._specs.values()]

    def collect(self) -> Iterator[Metric]:
        sums: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in self._specs}
        for counts in list(self._parts.values()):
            for (name, *labels), total in counts.items():
                series = sums.get(name)
                if series is not None:
                    key = tuple(labels)
                    series[key] = series.get(key, 0) + total
        for name, spec in self._specs.items():
            family = self._family(spec)
            for labels_, total in _bounded(spec, sums[name]).items():
                family.add_metric(labels_, total)
            yield family

    @staticmethod
    def _family(spec: MetricSpec) -> CounterMetricFamily | GaugeMetricFamily:
        kind = CounterMetricFamily if spec.kind == "counter" else GaugeMetricFamily
        return kind(spec.name, spec.help, labels=spec.labels)


def _bounded(spec: MetricSpec, series: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """Fold what exceeds the metric's bound (publishers of many partitions) into the label value ``other``."""
    if len(series) <= spec.max_series:
        return series
    kept = dict(sorted(series.items(), key=lambda item: -item[1])[: spec.max_series - 8])
    for labels, total in series.items():
        if labels not in kept:
            key = ("other", *labels[1:])
            kept[key] = kept.get(key, 0) + total
    return kept
