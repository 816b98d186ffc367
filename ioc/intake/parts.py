"""What all partitions of a worker's intake share, and how one partition's intake is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from math import inf
from typing import Any, Final

from ioc.catalog import Catalogue
from ioc.classify import LiveClassifier
from ioc.classify.pseudonym import Pseudonyms
from ioc.classify.redact import Redactor
from ioc.detect import CameraDetector, Rules, SecurityDetector, SensorDetector
from ioc.detect.air import VnAqi
from ioc.detect.cameras import Tags
from ioc.detect.faults import FaultMachine, Says, camera_says, reading_says
from ioc.incidents.feedback import FeedbackTexts
from ioc.intake.air import AirWatch
from ioc.intake.cameras import Beside, CameraWatch
from ioc.intake.companion import Companion
from ioc.intake.coverage import CoverageWatch
from ioc.intake.faults import FaultWatch
from ioc.intake.gate_watch import GateWatch, shown_passage
from ioc.intake.instrument import InstrumentWatch, TrustedReadings
from ioc.intake.machines import Detector, MachineJudge, Redact
from ioc.intake.missing import MissingWatch
from ioc.intake.quality import QualityMeter
from ioc.intake.rain import RainWatch
from ioc.intake.repeats import repeats_for
from ioc.intake.reports import ReportJudge
from ioc.intake.roads import GradedReadings, RoadWatch
from ioc.intake.security import FailureWatch
from ioc.intake.sites import SiteWatch
from ioc.intake.source import Intake
from ioc.intake.switched import SwitchedOff
from ioc.intake.trials import TrialWatch
from ioc.intake.unsealing import Unsealer
from ioc.ports import Store
from ioc.privacy import PlateGuard, Plates, Vehicles
from ioc.quality import QualityRules
from ioc.routing import LiveRoutes
from ioc.settings import IntakeSettings
from ioc.tally import RoundNote
from ioc.vocabulary import Source

_REMEMBERED: Final = 4096
"""Texts of which a partition remembers what is left of them."""
_COVERAGE_CHECKPOINTS: Final = 10
"""A week of samples may lose more of its last minutes than the state of a site."""
_MAINTAINED: Final = (InstrumentWatch, SiteWatch, SwitchedOff)
"""Companions that know who says of itself that somebody works on it."""
_SHOWS: Final = (AirWatch, SiteWatch, GateWatch)
"""Companions that know how something is that people look at."""


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """Immutable and shared: catalogue, limits, lexicon, texts.

    Attributes:
        catalogue: The province.
        rules: Limits of the detectors.
        air: Table of the air quality index.
        quality: What is asked of the sources' data.
        classifier: What citizens' words mean; the one part that may be exchanged, between batches.
        redactor: Takes personal data out of texts.
        texts: What citizens are told.
        routes: Which unit gets what; exchanged like the classifier.
        settings: Windows and bounds.
        pseudonyms: Of the reporters, with the keys behind them.
        unseal: Puts back what the gateway took out of reports; none where it takes nothing out.
        plates: Makes hashes of number plates; none: plates are dropped.

    """

    catalogue: Catalogue
    rules: Rules
    air: VnAqi
    quality: QualityRules
    classifier: LiveClassifier
    redactor: Redactor
    texts: FeedbackTexts
    routes: LiveRoutes
    settings: IntakeSettings
    pseudonyms: Pseudonyms
    unseal: Unsealer | None = None
    plates: Plates | None = None

    def intake(self, source: Source, store: Store, partition: int = 0) -> Intake:
        """Intake of one partition; takes up what the store remembers."""
        note = RoundNote(store)
        make = partial(
            Intake, source, repeats=repeats_for(source, self.settings, store), store=store, partition=partition,
            province=self.catalogue.province_code, max_future=timedelta(seconds=self.settings.max_future_s),
            told_s=self.settings.told_s,
            expected=any(device.source == source and device.interval_s for device in self.catalogue.devices.values()),
            note=note, quality=QualityMeter(source, self.quality, self.catalogue.devices, store, note),
        )  # fmt: skip
        versions = {"catalogue": self.catalogue.version}
        if source == "reports":
            reports = ReportJudge(
                self.catalogue, self.classifier, self.redactor, self.texts, pseudonyms=self.pseudonyms,
                routes=self.routes, versions=versions,
            )  # fmt: skip
            return make(reports, unseal=self.unseal)
        detector, hide = self._detector(source)
        companions = self._companions(source, store, hide)
        make = partial(make, maintained=[each for each in companions if isinstance(each, _MAINTAINED)])
        make = partial(make, shows=[each for each in companions if isinstance(each, _SHOWS)])
        for each in companions:
            if isinstance(each, CoverageWatch):
                make = partial(make, coverage=each.bunches)
            if isinstance(each, InstrumentWatch):
                detector = TrustedReadings(detector, each)
                make = partial(make, flags=each.drain, plausible=each.trusts)
        judge = MachineJudge(
            source, detector, store, catalogue=self.catalogue, hide=hide,
            versions=versions | {"thresholds": self.rules.version},
            late=timedelta(hours=self.settings.late_hours), companions=companions, newest_only=source == "sensors",
            fresh_s=self.rules.lateness.sensors_s if source == "sensors" else inf, holding=self.rules.lateness.holding,
            hide_id=partial(shown_passage, hide=hide, vehicle=self._vehicles.of) if source == "gate" else None,
        )  # fmt: skip
        return make(judge, companions=companions, notify=judge.notify)

    @property
    def _vehicles(self) -> Vehicles:
        """Pseudonyms of the vehicles at the gates, the same as the edges make."""
        return Vehicles(self.pseudonyms)

    def _companions(self, source: Source, store: Store, hide: Redact) -> tuple[Companion, ...]:
        """What follows the events of a source beside its detector."""
        checkpoint = timedelta(seconds=self.settings.checkpoint_s)
        match source:
            case "sensors":
                instruments = InstrumentWatch(self.rules.instruments, store)
                trusts, covers = instruments.trusts, self.rules.sensors.covers

                def is_air(event: Any) -> bool:
                    return covers(event.device_id, event.metric) and trusts(event)

                return (
                    instruments,  # before what asks it
                    AirWatch(self.air, self.rules.air, is_air, store, checkpoint=checkpoint),
                    RainWatch(
                        self.rules.rain,
                        SensorDetector(self.rules.sensors),
                        trusts,
                        store,
                        fresh_s=self.rules.lateness.sensors_s,
                    ),
                    MissingWatch(self.rules.missing, self.catalogue.devices, store, checkpoint=checkpoint),
                    RoadWatch(self.rules.roads, trusts),
                    self._faults(reading_says(self.rules.faults), store),
                )
            case "bts":
                return self._base_stations(store, checkpoint)
            case "gate":
                vehicles = self._vehicles
                watch = GateWatch(
                    self.rules.gate, self.rules.sensors.zone, store,
                    vehicle=vehicles.of, renewed=vehicles.renewed, hide=hide,
                )  # fmt: skip
                return (watch,)
            case "cameras":
                cameras = CameraDetector(self.rules.cameras, self._tags())
                guard = PlateGuard(self.plates, self._hide())
                late = timedelta(seconds=self.rules.lateness.cameras_s)
                return (
                    CameraWatch(cameras, guard, store, late=late),
                    self._faults(camera_says(self.rules.faults), store),
                    SwitchedOff(self.rules.faults.cameras, store),
                )
            case "security":
                return (FailureWatch(SecurityDetector(self.rules.security, self._tags()), store),)
            case _:
                return ()

    def _faults(self, says: Says, store: Store) -> FaultWatch:
        return FaultWatch(says, FaultMachine(self.rules.faults), store)

    def _tags(self) -> Tags:
        """Tags of devices by their ids; most have none."""
        known = {name: frozenset(device.tags) for name, device in self.catalogue.devices.items() if device.tags}
        none: frozenset[str] = frozenset()
        return lambda device: known.get(device, none)

    def _base_stations(self, store: Store, checkpoint: timedelta) -> tuple[Companion, ...]:
        rules, catalogue = self.rules.bts, self.catalogue
        sites = SiteWatch(rules, catalogue.devices, store, checkpoint=checkpoint)
        cells = CoverageWatch(rules.coverage, store, catalogue.programme, checkpoint=_COVERAGE_CHECKPOINTS * checkpoint)
        trials = TrialWatch(catalogue.trials, catalogue.devices.values())
        return (sites, cells, trials) if trials.watches else (sites, cells)

    def _detector(self, source: Source) -> tuple[Detector, Redact]:
        """Detector of a source; texts that people or cameras put into events are stripped of personal data."""
        match source:
            case "sensors":
                return GradedReadings(SensorDetector(self.rules.sensors), self.rules.roads), str
            case "bts":
                return Beside(), str
            case "gate":
                return Beside(), self._hide()
            case "cameras":
                return Beside(), self._hide()
            case _:
                return SecurityDetector(self.rules.security, self._tags()), self._hide()

    def _hide(self) -> Redact:
        """Redaction that remembers: what machines name (zones, goods) is the same again and again."""

        @lru_cache(_REMEMBERED)
        def hide(text: str) -> str:
            return self.redactor(text).text

        return hide
