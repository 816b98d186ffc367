"""Telemetry, camera and security events: what a detector makes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Final, NamedTuple, Protocol

from ioc.catalog import Catalogue
from ioc.detect.model import Evaluation, Finding, State, decode_state, encode_state
from ioc.events import DecodedBatch
from ioc.identity import digest
from ioc.intake.companion import Companion, Notice
from ioc.intake.verdict import QUIET, Verdict
from ioc.ports import Output, Store
from ioc.records import Deadline, Signal
from ioc.synthetic import marked
from ioc.vocabulary import Source

Redact = Callable[[str], str]
Position = tuple[float | None, float | None]
STATE_PREFIX: Final = b"detect/"
NATURAL_KEY_BORDER: Final = "|"
"""Stands between the parts of a natural key, and hardly in an id of a publisher's own."""


class Detector(Protocol):
    """One source's detector, see ``ioc.detect``."""

    def key(self, event: Any, /) -> str: ...
    def evaluate(self, event: Any, state: State | None, /) -> Evaluation: ...


class Origin(NamedTuple):
    """What a signal goes back to: an event by publisher and id, or a timer; ``accepted_ms`` is when Kafka had it."""

    publisher: str
    event_id: str
    shown_id: str
    at: datetime
    accepted_ms: int


class MachineJudge:
    """Keeps a detector's states and turns its findings into signals.

    ``hide_id`` takes out of a natural key what names a person; without it ``hide`` does.
    ``newest_only``: what a newer event of the same series has overtaken says nothing about now, and the detector does
    not see it; companions, which may sum up, do.
    ``fresh_s``: an event that arrives later than this says nothing about now either, unless its metric is one of
    ``holding``.
    """

    def __init__(
        self,
        source: Source,
        detector: Detector,
        store: Store,
        *,
        catalogue: Catalogue,
        hide: Redact,
        versions: dict[str, str],
        late: timedelta,
        companions: Sequence[Companion] = (),
        hide_id: Redact | None = None,
        newest_only: bool = False,
        fresh_s: float = inf,
        holding: Collection[str] = (),
    ) -> None:
        self._source = source
        self._key = detector.key
        self._evaluate = detector.evaluate
        self._catalogue = catalogue
        self._hide = hide
        self._hide_id = hide_id or hide
        self._versions = versions
        self._late_s = late.total_seconds()
        self._newest_only = newest_only
        self._fresh_s = fresh_s
        self._holding = holding
        self._takes = [companion.take for companion in companions]
        self._store = store
        self._states: dict[str, State] = {
            key[len(STATE_PREFIX) :].decode(): decode_state(value)
            for key, value in store.items()
            if key.startswith(STATE_PREFIX)
        }

    def judge(  # once per event, by position
        self, event: Any, accepted_ms: int, decoded: DecodedBatch, n: int, _: Output, overtaken: bool
    ) -> Verdict:
        """Evaluate the n-th event of a batch; one that is too late says nothing about now."""
        age_s = accepted_ms / 1000 - decoded.times[n]
        if age_s > self._late_s:
            return QUIET
        findings = []
        # First those beside: they know whether the instrument can be trusted.
        for take in self._takes:
            beside = take(event, decoded.times[n], accepted_ms)
            if beside is not None:
                findings.append(beside)
        if not (overtaken and self._newest_only) and (age_s <= self._fresh_s or event.metric in self._holding):
            key = self._hide(self._key(event))
            old = self._states.get(key)
            finding, state = self._evaluate(event, old)
            if state is not None:
                self._remember(key, old, state)
            if finding is not None:
                findings.insert(0, finding)
        if not findings:
            return QUIET
        publisher, event_id = decoded.identity(n)
        position = getattr(event, "lat", None), getattr(event, "lon", None)
        origin = Origin(publisher, event_id, self._shown_id(event_id), event.at, accepted_ms)
        return Verdict(
            "signal", tuple(self._signal(finding, origin, *_where(position, finding)) for finding in findings)
        )

    def notify(self, notice: Notice, now_ms: int) -> Signal:
        """The signal of news that no event brought."""
        finding, at, lat, lon = notice
        event_id = f"{finding.device}|{at.isoformat()}"
        origin = Origin(f"urn:ioc:{self._source}", event_id, self._shown_id(event_id), at, now_ms)
        return self._signal(finding, origin, lat, lon)

    def shown(self, decoded: DecodedBatch, n: int) -> tuple[str, str]:
        """Publisher and id of the n-th event; natural keys lose plates and what people wrote into them."""
        publisher, event_id = decoded.identity(n)
        return publisher, self._shown_id(event_id)

    def _shown_id(self, event_id: str) -> str:
        return self._hide_id(event_id) if NATURAL_KEY_BORDER in event_id else event_id

    def _remember(self, key: str, old: State | None, state: State) -> None:
        self._states[key] = state
        self._store.put(STATE_PREFIX + key.encode(), encode_state(state))

        def undo() -> None:
            if old is None:
                self._states.pop(key, None)
            else:
                self._states[key] = old

        self._store.journal(undo)

    def _signal(self, finding: Finding, origin: Origin, lat: float | None, lon: float | None) -> Signal:
        place = self._catalogue.locate_device(finding.device, lat, lon)
        hide = self._hide
        signal = Signal(
            signal_id=f"{self._source}:{digest(origin.publisher, f'{origin.event_id}|{finding.kind}'):016x}",
            source=self._source,
            event_id=origin.shown_id,
            kind=hide(finding.kind),
            category=finding.category,
            subcategory=finding.subcategory,
            severity=finding.severity,
            confidence=finding.confidence,
            at=origin.at,
            commune=place.commune,
            centre=place.centre,
            lat=place.lat,
            lon=place.lon,
            located_by=place.by,
            location_confidence=place.confidence,
            title=hide(finding.title),
            text=hide(finding.text),
            evidence={
                name: hide(value) if isinstance(value, str) else value for name, value in finding.evidence.items()
            },
            rule_id=finding.rule_id,
            versions=self._versions,
            accepted_at=datetime.fromtimestamp(origin.accepted_ms / 1000, UTC),
            publisher=origin.publisher,
            device=finding.device,
            clears=finding.clears,
            resolves=finding.resolves,
            deadlines=[
                Deadline(each.name, each.due_at, source=each.source, title=each.title) for each in finding.deadlines
            ],
            eases=finding.eases,
        )
        device = self._catalogue.devices.get(finding.device)
        return marked(signal) if device is not None and device.synthetic else signal


def _where(position: Position, finding: Finding) -> Position:
    """The event's own position, else the one that the finding knows."""
    return position if position[0] is not None or finding.place is None else finding.place
