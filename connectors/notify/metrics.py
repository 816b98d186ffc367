"""Prometheus objects of the notifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from ioc import metrics as catalogue


class Metrics:
    """What the notifier counts, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        ended, waiting = catalogue.NOTIFICATIONS, catalogue.NOTIFICATIONS_OPEN
        oldest, gaps = catalogue.NOTIFICATIONS_OLDEST, catalogue.NOTIFICATION_GAPS
        self._ended = Counter(ended.name, ended.help, ended.labels, registry=registry)
        self._waiting = Gauge(waiting.name, waiting.help, waiting.labels, registry=registry)
        self._oldest = Gauge(oldest.name, oldest.help, oldest.labels, registry=registry)
        self._gaps = Counter(gaps.name, gaps.help, gaps.labels, registry=registry)
        for kind in ("retention", "recreated", "unreadable"):
            self._gaps.labels(kind)
        broker, build = catalogue.BROKER_UP, catalogue.BUILD_INFO
        self._broker = Gauge(broker.name, broker.help, registry=registry)
        Gauge(build.name, build.help, build.labels, registry=registry).labels(metadata.version("ioc-stream")).set(1)

    def known(self, subscription: str) -> None:
        """Show a subscription's series from the start."""
        for outcome in ("sent", "retried", "dead", "dropped"):
            self._ended.labels(subscription, outcome)
        self._waiting.labels(subscription)
        self._oldest.labels(subscription)

    def ended(self, subscription: str, outcome: str, alerts: int) -> None:
        """Count alerts that were sent, given up or dropped."""
        self._ended.labels(subscription, outcome).inc(alerts)

    def retried(self, subscription: str) -> None:
        """Count a message that was not taken and will be tried again."""
        self._ended.labels(subscription, "retried").inc()

    def waits(self, names: Iterable[str], waiting: Mapping[str, tuple[int, datetime]]) -> None:
        """Show how many alerts wait by subscription, and for how long; a subscription without any shows 0."""
        now = datetime.now(UTC)
        for name in {*names, *waiting}:
            count, since = waiting.get(name, (0, now))
            self._waiting.labels(name).set(count)
            self._oldest.labels(name).set((now - since).total_seconds())

    def gap(self, kind: str) -> None:
        """Count a place where alerts could not be read."""
        self._gaps.labels(kind).inc()

    def unreadable(self) -> None:
        """Count a record that is no alert."""
        self._gaps.labels("unreadable").inc()

    def broker(self, *, up: bool) -> None:
        """Say whether Kafka is there."""
        self._broker.set(up)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)
