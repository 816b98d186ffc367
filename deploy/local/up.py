"""``ioc up``: broker, topics, workers, gateway and, if asked for, a simulated province on this machine, until Ctrl-C.

Prometheus is started too where it is installed; the product does without it.

The command line calls :func:`run` and brings what belongs to other parts (the centres, the token). Nothing here knows
what the processes do: each is a command, an environment and an address that says when it is ready.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from aiokafka.errors import KafkaError

from deploy.local.children import Child, ChildSpec, end, rotate
from deploy.local.errors import EXIT_DISK, EXIT_SOFTWARE, EXIT_UNAVAILABLE, UpError
from deploy.local.kafka import Broker, BrokerError, Reason
from deploy.local.machine import about_folder, check_disk, check_ports, only_one
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.prometheus import find_program, prepare
from deploy.local.screen import Screen
from deploy.local.topics import TopicError, create_topics
from ioc.settings import Settings
from ioc.topics import catalogue
from ioc.vocabulary import PROVINCE_CENTRE

_PROGRAM: Final = (sys.executable, "-m", "connectors.cli.main")
_READY_S: Final = 60.0
_POLL_S: Final = 0.1

_STOP_S: Final = 9.0
"""From the first signal to the last process gone; the broker's share is the last two seconds."""
_EDGES_STOP_S: Final = 3.0
_WORKERS_STOP_S: Final = 7.0
_EXIT_CODES: Final[Mapping[Reason, int]] = {
    "port": EXIT_UNAVAILABLE,
    "folder": EXIT_UNAVAILABLE,
    "download": EXIT_UNAVAILABLE,
    "disk": EXIT_DISK,
    "failed": EXIT_SOFTWARE,
}


class _Interrupted(BaseException):
    """A signal came during the start."""


def run(
    settings: Settings,
    *,
    centres: Sequence[str],
    token_factory: Callable[[], str],
    login_factory: Callable[[str], Sequence[str]] = lambda _: (),
    simulate: float | None = None,
    commands: Sequence[str] = (),
    kafka_client: Mapping[str, Any] | None = None,
    screen: Screen | None = None,
) -> int:
    """Run everything until SIGINT or SIGTERM; the main thread has to call it.

    Args:
        settings: The effective settings; the processes get the addresses that were chosen through their environment.
            Their other settings they read themselves, so the caller's environment and working folder are theirs.
        centres: Codes of the province's centres, the provincial one included; the topics derive from them.
        token_factory: Makes the operator's token; called once, when everything is ready.
        login_factory: What the first administrator has to know, given the gateway's address; called once, as above.
        simulate: Events per second of a simulated province; none if not given.
        commands: What the last screen proposes to try; three general ones if not given.
        kafka_client: Further arguments of aiokafka's clients for a configured cluster (security).
        screen: Where progress is shown; stdout if not given.

    Returns:
        0 after a signal; else, after one sentence on the screen, 69 (a port or folder is in use, or the cluster does
        not answer), 70 (the broker or a process ended), 74 (disk) or 78 (a process refused its configuration).
        Nothing runs any more when it returns.

    """
    screen = screen or Screen()
    up = _Up(settings, centres, simulate, kafka_client or {}, screen)
    try:
        with only_one(settings.home), up.signals():
            try:
                up.start(token_factory, login_factory, commands)
                up.watch()
            except _Interrupted:
                pass
            except BaseException:
                up.stop(quiet=True)
                raise
            up.stop()
    except UpError as error:
        screen.fail(str(error))
        return error.exit_code
    except OSError as error:
        screen.fail(about_folder(settings.home, error))
        return EXIT_DISK
    return 0


class _Up:
    """One run: what was started, in order, and which signals came."""

    def __init__(
        self,
        settings: Settings,
        centres: Sequence[str],
        simulate: float | None,
        kafka_client: Mapping[str, Any],
        screen: Screen,
    ) -> None:
        self._settings = settings
        self._centres = centres
        self._simulate = simulate
        self._kafka_client = kafka_client
        self._screen = screen
        self._home = settings.home.absolute()
        self._logs = self._home / "logs"
        self._gateway_port = settings.gateway.port or free_port()
        self._metrics_port = settings.worker.metrics_port or free_port()
        self._stations_port = settings.stations.metrics_port or free_port()
        self._notify_port = settings.notify.metrics_port or free_port()
        self._mqtt_port = settings.mqtt.metrics_port or free_port()
        self._store_port = settings.store.metrics_port or free_port()
        self._prometheus_port = settings.prometheus.port or free_port()
        self._prometheus: Child | None = None
        self._no_prometheus = ""
        self._broker: Broker | None = None
        self._workers: list[Child] = []
        self._edges: list[Child] = []
        self._signals: list[bool] = []
        self._starting = True

    @contextmanager
    def signals(self) -> Iterator[None]:
        """The first signal ends the run in good order, the second one at once."""

        def handle(_: int, __: FrameType | None) -> None:
            self._signals.append(True)
            if self._starting and len(self._signals) == 1:
                self._starting = False
                raise _Interrupted

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(
        self,
        token_factory: Callable[[], str],
        login_factory: Callable[[str], Sequence[str]],
        commands: Sequence[str],
    ) -> None:
        """Start all parts in order and show the last screen.

        Raises:
            UpError: something cannot be started.

        """
        self._check_machine()
        if self._settings.kafka.bootstrap is None:
            self._start_broker()
        self._create_topics()
        self._start_processes()
        if self._simulate is not None:
            simulator = self._child("simulator", ["simulate", "--rate", f"{self._simulate:g}"], restart=False)
            self._edges.append(simulator)
            simulator.start()
        self._start_prometheus()
        self._screen.ready(
            self._addresses(),
            token_factory(),
            list(commands) or self._commands(),
            f"Logs are in {self._logs}. Ctrl-C ends everything.",
            login=login_factory(self._gateway_url()),
        )

    def watch(self) -> None:
        """Keep everything up until a signal comes.

        Raises:
            UpError: the broker ended, or a process could not be kept up.

        """
        self._starting = False
        while not self._signals:
            self._look_after()
            time.sleep(_POLL_S)

    def stop(self, *, quiet: bool = False) -> None:
        """End all parts in reverse order, each with its share of ten seconds."""
        self._starting = False
        began = time.monotonic()
        if not quiet:
            self._screen.say("Ending …")

        def hurry() -> bool:
            return len(self._signals) > 1

        edges = [*self._edges, *([self._prometheus] if self._prometheus is not None else [])]
        end(edges, deadline=began + _EDGES_STOP_S, hurry=hurry)
        end(self._workers, deadline=began + _WORKERS_STOP_S, hurry=hurry)
        if self._broker is not None:
            self._broker.stop(0.0 if hurry() else max(0.5, began + _STOP_S - time.monotonic()))
        if not quiet:
            self._screen.say(f"Everything has ended ({time.monotonic() - began:.1f} s).")

    def _check_machine(self) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        check_disk(self._home)
        wanted = {self._gateway_port: "IOC_GATEWAY__PORT"}
        for number in range(self._settings.worker.count):
            wanted[self._metrics_port + number] = "IOC_WORKER__METRICS_PORT"
        if self._settings.stations.folder is not None:
            wanted[self._stations_port] = "IOC_STATIONS__METRICS_PORT"
        if self._settings.subscriptions.is_file():
            wanted[self._notify_port] = "IOC_NOTIFY__METRICS_PORT"
        if self._settings.mqtt.mapping is not None:
            wanted[self._mqtt_port] = "IOC_MQTT__METRICS_PORT"
        if self._settings.store.enabled:
            wanted[self._store_port] = "IOC_STORE__METRICS_PORT"
        if self._settings.kafka.bootstrap is None:
            wanted[self._settings.kafka.port] = "IOC_KAFKA__PORT"
        check_ports(wanted)

    def _start_broker(self) -> None:
        with self._screen.step("Starting Apache Kafka", f"Apache Kafka on {self._settings.bootstrap}"):
            self._broker = Broker(
                self._home / "kafka",
                self._settings.kafka.port,
                log_path=rotate(self._logs / "kafka.log"),
                report=self._screen.news,
            )
            try:
                self._broker.start()
            except BrokerError as error:
                raise UpError(str(error), _EXIT_CODES[error.reason]) from error

    def _create_topics(self) -> None:
        specs = catalogue(self._centres)
        kafka = self._settings.kafka
        with self._screen.step("Creating the topics", f"{len(specs)} topics"):
            try:
                outcome = asyncio.run(
                    create_topics(
                        self._settings.bootstrap,
                        specs,
                        partitions=kafka.partitions,
                        replication=kafka.replication,
                        client=self._kafka_client,
                    )
                )
            except (TopicError, KafkaError, OSError, TimeoutError) as error:
                if self._broker is not None and not self._broker.running:
                    raise self._broker_ended() from error
                raise UpError(
                    f"Kafka at {self._settings.bootstrap} cannot be used: {str(error) or type(error).__name__}",
                    EXIT_UNAVAILABLE,
                ) from error
        for difference in outcome.differences:
            self._screen.say(f"  note: {difference}")

    def _start_processes(self) -> None:
        count = self._settings.worker.count
        host = _reachable(self._settings.worker.metrics_host)
        for number in range(count):
            port = self._metrics_port + number
            name = "worker" if count == 1 else f"worker-{number}"
            self._workers.append(self._child(name, ["worker"], ready=(host, port, "/readyz")))
        gateway_host = _reachable(self._settings.gateway.host)
        gateway = self._child("gateway", ["gateway"], ready=(gateway_host, self._gateway_port, "/readyz"))
        self._edges.append(gateway)
        names = " and ".join(["one worker" if count == 1 else f"{count} workers", "the gateway"])
        if self._settings.stations.folder is not None:
            host = _reachable(self._settings.stations.metrics_host)
            self._edges.append(self._child("stations", ["stations"], ready=(host, self._stations_port, "/readyz")))
            names += " and the watcher on stations' files"
        if self._settings.subscriptions.is_file():
            host = _reachable(self._settings.notify.metrics_host)
            self._edges.append(self._child("notify", ["notify", "run"], ready=(host, self._notify_port, "/readyz")))
            names += " and the notifier"
        if self._settings.mqtt.mapping is not None:
            # Alive is enough: the MQTT broker is somebody else's, and may come later.
            mqtt_host = _reachable(self._settings.mqtt.metrics_host)
            bridge = self._child("mqtt", ["mqtt"], ready=(mqtt_host, self._mqtt_port, "/healthz"))
            self._edges.append(bridge)
            names += " and the MQTT bridge"
        if self._settings.store.enabled:
            store_host = _reachable(self._settings.store.metrics_host)
            # Alive is enough where the database is a server: it is somebody else's, and may come later.
            asked = "/readyz" if self._settings.store.url is None else "/healthz"
            self._edges.append(self._child("store", ["store", "run"], ready=(store_host, self._store_port, asked)))
            names += " and the store"
        waiting = [*self._workers, *self._edges]
        with self._screen.step(f"Starting {names}", f"{names[0].upper()}{names[1:]}"):
            for child in waiting:
                child.start()
            deadline = time.monotonic() + _READY_S
            while waiting := [child for child in waiting if not child.is_ready()]:
                self._look_after()
                self._screen.news("Waiting for " + " and ".join(child.spec.name for child in waiting))
                if time.monotonic() > deadline:
                    late = waiting[0]
                    raise UpError(
                        f"{late.spec.name} was not ready after {_READY_S:.0f} s; it last said "
                        f'"{late.last_line()}" (log: {late.log_path}).',
                        EXIT_SOFTWARE,
                    )
                time.sleep(_POLL_S)

    def _start_prometheus(self) -> None:
        """Start Prometheus where it is installed. Nothing of the product needs it, so nothing waits or fails for it."""
        settings = self._settings.prometheus
        program = find_program(settings)
        if program is None:
            self._no_prometheus = "not installed" if settings.enabled else "off (IOC_PROMETHEUS__ENABLED)"
        elif not is_free(self._prometheus_port):
            self._no_prometheus = (
                f"not started: port {self._prometheus_port} on {LOOPBACK} is taken by another program; "
                "choose another with IOC_PROMETHEUS__PORT"
            )
        else:
            spec = prepare(
                program, self._home / "prometheus", settings,
                port=self._prometheus_port, processes=self._scraped(), environment=dict(os.environ),
            )  # fmt: skip
            self._prometheus = Child(spec, rotate(self._logs / f"{spec.name}.log"))
            self._prometheus.start()

    def _scraped(self) -> dict[str, list[tuple[str, int]]]:
        """Host and port of every process that says when it is ready, by what it is: ``/metrics`` is there too."""
        found: dict[str, list[tuple[str, int]]] = {}
        for child in [*self._workers, *self._edges]:
            if child.spec.ready is not None:
                host, port, _ = child.spec.ready
                found.setdefault(f"ioc-{child.spec.name.partition('-')[0]}", []).append((host, port))
        return found

    def _child(
        self, name: str, arguments: list[str], *, ready: tuple[str, int, str] | None = None, restart: bool = True
    ) -> Child:
        environment = {
            **os.environ,
            "IOC_HOME": str(self._home),
            "IOC_KAFKA_BOOTSTRAP": self._settings.bootstrap,
            "IOC_GATEWAY__PORT": str(self._gateway_port),
            "IOC_WORKER__METRICS_PORT": str(self._metrics_port),
            "IOC_STATIONS__METRICS_PORT": str(self._stations_port),
            "IOC_MQTT__METRICS_PORT": str(self._mqtt_port),
            "IOC_NOTIFY__METRICS_PORT": str(self._notify_port),
            "IOC_STORE__METRICS_PORT": str(self._store_port),
            "PYTHONUNBUFFERED": "1",  # the last words of a process that is killed reach its log
        }
        spec = ChildSpec(name, [*_PROGRAM, *arguments], environment, ready, restart)
        return Child(spec, rotate(self._logs / f"{name}.log"))

    def _look_after(self) -> None:
        if self._broker is not None and not self._broker.running:
            raise self._broker_ended()
        now = time.monotonic()
        for child in [*self._workers, *self._edges]:
            if said := child.keep_up(now):
                self._screen.say(said)
        if self._prometheus is not None:
            try:
                if said := self._prometheus.keep_up(now):
                    self._screen.say(said)
            except UpError as error:
                self._prometheus = None
                self._screen.say(f"{error} Everything else goes on.")

    def _broker_ended(self) -> UpError:
        assert self._broker is not None
        ending = self._broker.why_it_ended()
        return UpError(str(ending), _EXIT_CODES[ending.reason])

    def _gateway_url(self) -> str:
        return f"http://{_reachable(self._settings.gateway.host)}:{self._gateway_port}"

    def _addresses(self) -> dict[str, str]:
        gateway = self._gateway_url()
        worker = f"http://{_reachable(self._settings.worker.metrics_host)}:{self._metrics_port}"
        return {
            "Console": f"{gateway}/",
            "Gateway": f"{gateway}  (how to call it: {gateway}/openapi.json)",
            "Kafka": self._settings.bootstrap,
            "Metrics": f"{worker}/metrics  {gateway}/metrics",
            "Prometheus": self._no_prometheus or f"http://{LOOPBACK}:{self._prometheus_port}",
        }

    def _commands(self) -> list[str]:
        centre = next((code for code in self._centres if code != PROVINCE_CENTRE), PROVINCE_CENTRE)
        program = Path(sys.executable).with_name("ioc")
        if program.is_relative_to(Path.cwd()):
            program = program.relative_to(Path.cwd())
        return [
            f"{program} watch --centre {centre}",
            f'{program} send report --text "Cây đổ chắn ngang đường"',
            f"{program} doctor",
        ]


def _reachable(host: str) -> str:
    """Where this machine reaches a server that listens on this address."""
    return LOOPBACK if host in {"0.0.0.0", "::", ""} else host
