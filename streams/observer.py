"""The engine's events as metrics, and as what readiness says."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ioc import metrics
from ioc.topics import SOURCE_OF
from streams.metrics import counter, gauge, histogram
from streams.transport import EngineObserver, Outcome


class WorkerObserver(EngineObserver):
    """Counts what the engine reports and remembers whether the worker can do its work."""

    def __init__(self, registry: CollectorRegistry) -> None:
        rounds = counter(metrics.ROUNDS, registry)
        self._rounds: dict[Outcome, Counter] = {outcome: rounds.labels(outcome.value) for outcome in Outcome}
        self._seconds: Histogram = histogram(metrics.ROUND_SECONDS, registry)
        self._dead_letters = counter(metrics.DEAD_LETTERS, registry)
        self._lag = gauge(metrics.CONSUMER_LAG, registry)
        self._lags: dict[tuple[str, int], Gauge] = {}
        self._stopped = gauge(metrics.AGENTS_STOPPED, registry)
        self._broker = gauge(metrics.BROKER_UP, registry)
        gauge(metrics.BUILD_INFO, registry).labels(version("ioc-stream")).set(1)
        self.stopped: dict[str, str] = {}
        self.broker_up = False
        self.assigned = False
        self.recovered_once = False

    def round_finished(self, outcome: Outcome, seconds: float, records: int) -> None:  # noqa: ARG002
        self._rounds[outcome].inc()
        self._seconds.observe(seconds)

    def lag(self, topic: str, partition: int, records: int) -> None:
        child = self._lags.get((topic, partition))
        if child is None:
            child = self._lags[topic, partition] = self._lag.labels(topic, str(partition))
        child.set(records)

    def dead_letter(self, agent: str, topic: str, reason: str) -> None:
        self._dead_letters.labels(SOURCE_OF.get(topic, agent), reason).inc()

    def rebalanced(self, partitions: int, generation: int) -> None:  # noqa: ARG002
        self.assigned = True
        for topic, partition in self._lags:
            self._lag.remove(topic, str(partition))
        self._lags.clear()

    def recovered(self, partitions: int, records: int, seconds: float) -> None:  # noqa: ARG002
        self.recovered_once = True

    def agent_stopped(self, agent: str, why: str) -> None:
        self.stopped[agent] = why
        self._stopped.labels(agent).set(1)

    def broker_reachable(self, reachable: bool) -> None:
        self.broker_up = reachable
        self._broker.set(reachable)

    def trouble(self) -> list[str]:
        """Why this worker is not ready; empty if it is."""
        found = []
        if not self.broker_up:
            found.append("Kafka is not reachable")
        elif not self.recovered_once:
            found.append("state is being recovered" if self.assigned else "waiting for the group's assignment")
        found += [f"agent {agent} is stopped: {why}" for agent, why in self.stopped.items()]
        return found
