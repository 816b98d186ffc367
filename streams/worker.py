"""A worker process: the product's agents on the engine, their figures, and how they are told apart."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.area import CoverageTotals, ProgrammeProgress, ProvinceWatch, QualityWatch
from ioc.area.liveness import Liveness, Roll, load_liveness
from ioc.area.outage import OutageDetector
from ioc.area.outage_rules import OUTAGES_FILE, load_outage_rules
from ioc.area.places import places_of
from ioc.area.tide_rain import TIDE_RAIN_FILE, TideRain, load_tide_rain
from ioc.catalog import Catalogue, CatalogueError, Content
from ioc.classify import LexiconError, LiveClassifier, Model, ModelError, shipped_model
from ioc.classify.redact import Redactor
from ioc.detect import load_rules
from ioc.detect.air import load_vn_aqi
from ioc.incidents import IncidentBook, load_correlation, load_feedback_texts
from ioc.intake import IntakeParts
from ioc.intake.unsealing import Unsealer
from ioc.privacy import KeySource
from ioc.quality import load_quality
from ioc.settings import Settings
from ioc.topics import INCIDENTS_AGENT, intake_agent
from ioc.vocabulary import SOURCES
from streams.agents.incidents import IncidentMetrics, IncidentsAgent
from streams.agents.intake import IntakeAgent
from streams.http import StatusServer
from streams.lexicon import LexiconFigures, shipped_classifier, watched_classifier
from streams.logs import configure
from streams.metrics import BatchHistogram, CommittedTotals, PartitionGauges
from streams.observer import WorkerObserver
from streams.paging import watched_paging
from streams.province import CatalogueWatch, Generation, ProvinceSource
from streams.routes import watched_routes
from streams.secrets import SecretsError, plates, pseudonyms
from streams.slots import Slot
from streams.transport import EXIT_MISCONFIGURED, BatchAgent, EngineSettings, Fatal, create_app, run_worker
from streams.watched import FileWatch

log = logging.getLogger(__name__)

AGENTS: Final = (*(intake_agent(source) for source in SOURCES), INCIDENTS_AGENT)
"""Names of all agents."""

EXIT_PORT_TAKEN: Final = 69


def _now() -> datetime:
    return datetime.now(UTC)


class Figures:
    """What the agents show; those that take over from others go on with it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.totals = CommittedTotals(registry)
        self.delays = BatchHistogram(metrics.EVENT_DELAY, registry)
        self.gauges = PartitionGauges(registry)
        self.incidents = IncidentMetrics(
            self.totals,
            self.gauges,
            alert_latency=BatchHistogram(metrics.ALERT_LATENCY, registry),
            acknowledged=BatchHistogram(metrics.INCIDENT_ACK, registry),
            resolved=BatchHistogram(metrics.INCIDENT_RESOLVE, registry),
        )


def run(settings: Settings, source: ProvinceSource, keys: KeySource | None = None) -> int:
    """Run a worker until it is told to stop.

    Args:
        settings: The configuration.
        source: Where the province's files are; changed ones are taken up between two rounds.
        keys: The vault, where one is configured: opens what the gateway sealed.

    Returns:
        Exit code: 0 clean, 70 forced, 69 the metrics port is taken, 75 an agent was stopped by its failure brake,
        78 misconfigured.

    Raises:
        ConfigError: limits, outage or correlation rules are wrong; names file, line and key.
        ValueError: the source cannot be used.

    """
    configure(settings.log_level)
    registry = CollectorRegistry()
    observer = WorkerObserver(registry)
    try:
        province, agents = _begun(source, _Maker(settings, registry, keys), registry)
    except (CatalogueError, LexiconError, ModelError, SecretsError) as error:
        return _refuse(str(error), EXIT_MISCONFIGURED)
    except OSError as error:
        return _refuse(f"{error.filename} cannot be read: {error.strerror}", EXIT_MISCONFIGURED)
    try:
        slot = Slot(settings.home / "slots")
        name = settings.worker.slot or slot.name
        app = create_app(engine_settings(settings, name), agents, observer, province.successors)
    except Fatal as error:
        return _refuse(str(error), error.exit_code)
    except OSError as error:
        return _refuse(f"the folder {settings.home} cannot be used: {error}", EXIT_MISCONFIGURED)
    port = settings.worker.metrics_port and settings.worker.metrics_port + slot.number
    try:
        status = StatusServer(settings.worker.metrics_host, port, registry, observer.trouble)
    except OSError as error:
        return _refuse(f"port {port} for metrics cannot be used: {error.strerror}", EXIT_PORT_TAKEN)
    log.info("worker %s: metrics on http://%s:%d/metrics", name, settings.worker.metrics_host, status.port)
    watch = FileWatch([province.look])
    watch.start()
    try:
        return run_worker(app)
    finally:
        watch.close()
        status.close()


def _begun(
    source: ProvinceSource, make: _Maker, registry: CollectorRegistry
) -> tuple[CatalogueWatch, Sequence[BatchAgent]]:
    """The first generation's agents, and what watches its files; the files themselves are held by nobody."""
    content = source.read()
    first = make(source.catalogue(content), content)
    return CatalogueWatch(source, content, first, make, registry), first.agents


class _Maker:
    """Makes agents of a catalogue, and tries them out on nothing."""

    def __init__(self, settings: Settings, registry: CollectorRegistry, keys: KeySource | None) -> None:
        self._settings = settings
        self._registry = registry
        self._keys = keys
        self._figures = Figures(registry)
        self._names: tuple[str, ...] | None = None
        self._lexicon: list[Callable[[], None]] = []
        self._classifier: LiveClassifier

    def __call__(self, catalogue: Catalogue, content: Content) -> Generation:
        if catalogue.place_names != self._names:
            looks: list[Callable[[], None]] = []
            self._classifier = _classifier(self._settings, catalogue, self._registry, looks)
            self._names, self._lexicon = catalogue.place_names, looks
        routes: list[Callable[[], None]] = []
        agents = _agents(
            self._settings, catalogue, content.files, self._registry, classifier=self._classifier, keys=self._keys,
            looks=routes, figures=self._figures,
        )  # fmt: skip
        for agent in agents:
            agent.try_out()
        return Generation(catalogue, agents, [*self._lexicon, *routes])


def _refuse(why: str, exit_code: int) -> int:
    print(f"ioc worker: {why}", file=sys.stderr)
    return exit_code


def _agents(
    settings: Settings,
    catalogue: Catalogue,
    province: Mapping[str, bytes],
    registry: CollectorRegistry,
    *,
    classifier: LiveClassifier,
    keys: KeySource | None,
    looks: list[Callable[[], None]],
    figures: Figures | None = None,
) -> list[IntakeAgent | IncidentsAgent]:
    zone = ZoneInfo(catalogue.timezone)
    routes = watched_routes(settings, catalogue, province, registry, looks)
    paging = watched_paging(settings, catalogue, province, registry, looks)
    texts = load_feedback_texts((package_files("ioc.incidents") / "data" / "feedback.toml").read_bytes(), zone)
    correlation = load_correlation(province["correlation.toml"])
    outages = load_outage_rules(province[OUTAGES_FILE])
    rules = load_rules(province["thresholds.toml"], zone, devices=catalogue.devices)
    places = places_of(catalogue, rules.bts.coverage.reach_km)
    liveness = load_liveness(province["liveness.toml"])
    tide_rain = load_tide_rain(province[TIDE_RAIN_FILE])
    redactor = Redactor(catalogue.public_names)
    names = pseudonyms(settings)
    parts = IntakeParts(
        catalogue=catalogue,
        rules=rules,
        air=load_vn_aqi(province["vn_aqi.toml"]),
        quality=load_quality(province["quality.toml"]),
        classifier=classifier,
        redactor=redactor,
        texts=texts,
        routes=routes,
        settings=settings.intake,
        pseudonyms=names,
        unseal=Unsealer(keys),
        plates=plates(settings),
    )
    figures = figures or Figures(registry)
    totals, delays, gauges = figures.totals, figures.delays, figures.gauges

    def new_book() -> IncidentBook:
        return IncidentBook(
            catalogue.province_code, zone, catalogue, routes, correlation, texts=texts,
            redact=lambda words: redactor(words).text, paging=paging, site_of=partial(_site, catalogue),
        )  # fmt: skip

    roll = Roll(catalogue.devices.values(), catalogue, liveness.multiple, round(settings.intake.told_s * 1000))

    def new_watch(book: IncidentBook) -> ProvinceWatch:
        return ProvinceWatch((
            Liveness(liveness, roll, catalogue, zone, book.maintenance),
            OutageDetector(outages, places),
            QualityWatch(parts.quality, catalogue.devices),
            ProgrammeProgress(catalogue.programme),
            TideRain(tide_rain),
            CoverageTotals(rules.bts.coverage, catalogue),
        ))  # fmt: skip

    agents: list[IntakeAgent | IncidentsAgent] = [
        IntakeAgent(source, parts, totals, delays, _now, gauges=gauges) for source in SOURCES
    ]
    agents.append(
        IncidentsAgent(catalogue.province_code, new_book, new_watch, figures.incidents, _now, renewed=names.renewed)
    )
    wanted = settings.worker.agents or AGENTS
    return [agent for agent in agents if agent.name in wanted]


def _classifier(
    settings: Settings, catalogue: Catalogue, registry: CollectorRegistry, looks: list[Callable[[], None]]
) -> LiveClassifier:
    """The classifier; what takes up a changed lexicon joins ``looks``, the shipped one does not change."""
    files = settings.classify
    model = Model.load(files.model.read_bytes()) if files.model else shipped_model()
    figures = LexiconFigures(registry, model.version)
    if files.lexicon is None:
        return shipped_classifier(catalogue.place_names, model, figures)
    live, look = watched_classifier(files.lexicon, catalogue.place_names, model, figures)
    looks.append(look)
    return live


def _site(catalogue: Catalogue, device: str) -> str | None:
    known = catalogue.devices.get(device)
    return known.site if known else None


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def engine_settings(settings: Settings, slot: str) -> EngineSettings:
    """The engine's settings of a worker with this name."""
    kafka, worker = settings.kafka, settings.worker
    return EngineSettings(
        bootstrap=settings.bootstrap,
        group=worker.group,
        slot=slot,
        session_timeout_s=worker.session_timeout_ms / 1000,
        transaction_timeout_ms=worker.transaction_timeout_ms,
        max_round_records=worker.max_round_records,
        target_round_ms=worker.target_round_ms,
        gather_ms=worker.gather_ms,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_username=kafka.sasl_username,
        sasl_password=kafka.sasl_password,
        ssl_cafile=_text(kafka.ssl_cafile),
        ssl_certfile=_text(kafka.ssl_certfile),
        ssl_keyfile=_text(kafka.ssl_keyfile),
    )
