"""Citizens' reports: classified, located, stripped of personal data, answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ioc.catalog import Catalogue, Location
from ioc.classify import Classification, LiveClassifier
from ioc.classify.pseudonym import Pseudonyms
from ioc.classify.redact import Redactor
from ioc.emit import Emitter
from ioc.events import DecodedBatch, Report
from ioc.events.photos import ATTACHMENT
from ioc.identity import digest, report_signal_id
from ioc.incidents.feedback import FeedbackTexts
from ioc.incidents.similarity import sketch
from ioc.intake.verdict import Verdict
from ioc.intake.whereabouts import whereabouts
from ioc.ports import Output
from ioc.records import Decision, Feedback, Signal
from ioc.routing import Labels, LiveRoutes
from ioc.text.normalise import Normalised, normalise
from ioc.topics import DECISIONS, FEEDBACK
from ioc.vocabulary import CATEGORIES, Category

KIND: Final = "citizen_report"
RULE_ID: Final = "report-classified"
RULE_ID_ABSTAINED: Final = "report-to-sort"
_TITLE_LENGTH: Final = 90
_UNCLEAR: Final = "unclear"
"""Subcategory of what says nothing."""
_PLACEHOLDER: Final = re.compile(r"\[[^\[\]]{1,40}\]")
"""What stands in a redacted text instead of personal data: texts are no more alike for having it."""


class _Understood(NamedTuple):
    publisher: str
    report_id: str
    found: Classification
    place: Location
    accepted: datetime
    address_commune: str | None
    hint: Category | None


class _Read(NamedTuple):
    """What one report of a batch says: its text in normal form, what it was taken for, and it without personal data."""

    normal: Normalised
    found: Classification
    redacted: str
    folded: str
    """Redacted, with nothing for placeholders, folded: what it is compared with others by."""


class ReportJudge:
    """Every new report becomes a signal and gets its first answer: none is too unclear for a person to sort."""

    def __init__(
        self,
        catalogue: Catalogue,
        classifier: LiveClassifier,
        redactor: Redactor,
        texts: FeedbackTexts,
        *,
        pseudonyms: Pseudonyms,
        routes: LiveRoutes,
        versions: dict[str, str],
    ) -> None:
        self._catalogue = catalogue
        self._classifier = classifier
        self._send = Emitter(catalogue.province_code).send
        self._redact = redactor
        self._texts = texts
        self._pseudonyms = pseudonyms
        self._routes = routes
        self._versions = versions
        self._batch: DecodedBatch | None = None
        self._reports: list[_Read] = []

    def judge(self, event: Report, accepted_ms: int, decoded: DecodedBatch, n: int, out: Output, _: bool) -> Verdict:
        """Understand the n-th report of a batch."""
        publisher, report_id = decoded.identity(n)
        read = self._read(decoded)[n]
        place, address_commune = whereabouts(self._catalogue, event, read.normal)
        accepted = datetime.fromtimestamp(accepted_ms / 1000, UTC)
        hint = _hint(event.category_hint)
        found = _hinted(read.found, hint)
        understood = _Understood(publisher, report_id, found, place, accepted, address_commune, hint)
        self._answer(understood, out)
        self._explain(understood, out)
        return Verdict("signal", (self._signal(event, read, understood),))

    def shown(self, decoded: DecodedBatch, n: int) -> tuple[str, str]:
        """Publisher and id of the n-th report; the id is the publisher's own, who asks by it."""
        return decoded.identity(n)

    def _read(self, decoded: DecodedBatch) -> list[_Read]:
        """What the batch's reports say, read at its first report.

        Each part reads all of them before the next one does, which costs less than one by one: by turns they would
        push each other out of the processor's caches.
        """
        if decoded is not self._batch:
            texts = [event.text for event in decoded.events]
            normals = normalise.many(texts)
            found = self._classifier.classify_many(normals)
            redacted = [taken.text for taken in self._redact.many(texts)]
            alike = normalise.many([_PLACEHOLDER.sub(" ", text) for text in redacted])
            self._reports = [
                _Read(*read) for read in zip(normals, found, redacted, [text.folded for text in alike], strict=True)
            ]
            self._batch = decoded
        return self._reports

    def _signal(self, event: Report, read: _Read, understood: _Understood) -> Signal:
        publisher, report_id, found, place, accepted, address_commune, hint = understood
        text = read.redacted
        identity = event.reporter and event.reporter.identity
        return Signal(
            signal_id=report_signal_id(publisher, report_id),
            source="reports",
            event_id=report_id,
            kind=KIND,
            category=found.category,
            subcategory=found.subcategory,
            severity=found.severity,
            confidence=found.confidence,
            at=event.at,
            commune=place.commune,
            centre=place.centre,
            lat=place.lat,
            lon=place.lon,
            located_by=place.by,
            location_confidence=place.confidence,
            title=_title(text),
            text=text,
            evidence={
                "also": list(found.also),
                "abstained": found.abstained,
                "words": [{"start": word.start, "end": word.end, "why": word.why} for word in found.explanation],
                "channel": event.channel,
                "photos": len(event.photos or ()),
                # Uploads alone: their ids say nothing, and who looks is written down. A link may say a lot.
                "attachments": [each for each in event.photos or () if each.startswith(ATTACHMENT)],
                "photo_ids": [f"{digest('', photo):016x}" for photo in event.photos or ()],
                "sketch": sketch(read.folded),
                "candidates": list(place.candidates),
                "candidate_confidences": list(place.candidate_confidences),
                "text_commune": place.text_commune,
                "address_commune": address_commune,
                "category_hint": hint,
                "place": place.place and place.place.name,
            },
            rule_id=RULE_ID_ABSTAINED if found.abstained else RULE_ID,
            versions=self._versions | found.versions,
            accepted_at=accepted,
            publisher=publisher,
            reporter=self._pseudonyms.of(publisher, identity) if identity else None,
        )

    def _answer(self, understood: _Understood, out: Output) -> None:
        publisher, report_id, found, place, accepted, _, _ = understood
        duty = self._catalogue.duty(found.category, found.subcategory, found.severity, accepted)
        expected_at = duty.target.due(accepted)
        labels = Labels(
            found.category, found.subcategory, found.severity, "reports", place.commune, place.centre, accepted,
            place.lat, place.lon,
        )  # fmt: skip
        unit = self._catalogue.departments[self._routes.route(labels).unit].name
        feedback = Feedback(
            source=publisher,
            report_id=report_id,
            status="received",
            text=self._texts.first(unit, expected_at, found.category, place.commune_name, sure=not found.abstained),
            unit=unit,
            expected_at=expected_at,
            incident_id=None,
            merged_count=1,
            at=accepted,
            category=found.category,
            commune=place.commune_name or None,
        )
        self._send(out, FEEDBACK, report_id, feedback)

    def _explain(self, understood: _Understood, out: Output) -> None:
        """Why the report was taken for what it was; no word of it, which may be personal."""
        publisher, report_id, found, place, accepted, _, hint = understood
        signal_id = report_signal_id(publisher, report_id)
        decision = Decision(
            decision_id=f"classify:{signal_id}",
            incident_id=None,
            event_id=report_id,
            at=accepted,
            kind="classify",
            rule_id=RULE_ID_ABSTAINED if found.abstained else RULE_ID,
            inputs={
                "signal_id": signal_id,
                "source": "reports",
                "category": found.category,
                "subcategory": found.subcategory,
                "also": list(found.also),
                "severity": found.severity,
                "confidence": found.confidence,
                "words": [reason.why for reason in found.explanation],
                "category_hint": hint,
                "commune": place.commune,
                "located_by": place.by,
            },
            outcome=f"{found.category}/{found.subcategory}",
            versions=self._versions | found.versions,
        )
        self._send(out, DECISIONS, signal_id, decision)


def _hint(written: str | None) -> Category | None:
    """The category that the citizen chose; what is none of ours may be anything and is not kept."""
    return next((category for category in CATEGORIES if category == written), None)


def _hinted(found: Classification, hint: Category | None) -> Classification:
    """What the citizen chose stands in where the words say nothing; a person sorts it all the same."""
    if hint is None or not found.abstained or found.subcategory != _UNCLEAR:
        return found
    return found._replace(category=hint, also=())


def _title(text: str) -> str:
    """First line of a redacted text, cut at a word."""
    line = text.strip().splitlines()[0]
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
