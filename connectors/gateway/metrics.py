"""Prometheus objects of the gateway; children of labels are looked up once."""

from __future__ import annotations

from importlib import metadata

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from ioc import metrics as catalogue
from ioc.events.report import CHANNELS, Channel


class Metrics:
    """What the gateway counts, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        requests = catalogue.GATEWAY_REQUESTS
        self._requests = Counter(requests.name, requests.help, requests.labels, registry=self._registry)
        self._children: dict[tuple[str, int], Counter] = {}
        reports = catalogue.GATEWAY_REPORTS
        counter = Counter(reports.name, reports.help, reports.labels, registry=self._registry)
        self._channels = {channel: counter.labels(channel or "none") for channel in (*CHANNELS, None)}
        ves = catalogue.VES_EVENTS
        self._ves = Counter(ves.name, ves.help, ves.labels, registry=self._registry)
        limited = catalogue.RATE_LIMITED
        self._limited = Counter(limited.name, limited.help, limited.labels, registry=self._registry)
        self._publishers: set[str] = set()
        broker = catalogue.BROKER_UP
        self._broker = Gauge(broker.name, broker.help, registry=self._registry)
        build = catalogue.BUILD_INFO
        Gauge(build.name, build.help, build.labels, registry=self._registry).labels(version()).set(1)

    def request(self, route: str, status: int) -> None:
        """Count an answered request under its route's template."""
        child = self._children.get((route, status))
        if child is None:
            child = self._children[route, status] = self._requests.labels(route, str(status))
        child.inc()

    def report(self, channel: Channel | None) -> None:
        """Count an accepted report; channels are a closed set."""
        self._channels[channel].inc()

    def ves(self, domain: str, outcome: str) -> None:
        """Count an event of the VES listener; both are of closed sets."""
        self._ves.labels(domain, outcome).inc()

    def limited(self, publisher: str, items: int) -> None:
        """Count items that were more than their key may send; the first publishers have a series of their own."""
        if publisher not in self._publishers:
            if len(self._publishers) >= catalogue.RATE_LIMITED.max_series - 1:
                publisher = "other"
            self._publishers.add(publisher)
        self._limited.labels(publisher).inc(items)

    def broker(self, *, up: bool) -> None:
        """Say whether Kafka is there."""
        self._broker.set(up)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)


def version() -> str:
    """Version of the installed program."""
    return metadata.version("ioc-stream")
