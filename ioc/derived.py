"""Signals of what no single event says: worked out from many, from counts, from silence or from time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ioc.identity import digest
from ioc.records import Signal
from ioc.synthetic import marked
from ioc.vocabulary import PROVINCE_CENTRE, UNLOCATED_COMMUNE, Category, Severity, Source


@dataclass(frozen=True, slots=True)
class Where:
    """Where something belongs; as it stands, nowhere: then it is the provincial centre's.

    Attributes:
        commune: Code of it.
        centre: In charge.
        lat: WGS 84 degrees, with ``lon``.
        lon: See ``lat``.
        by: How that is known.
        confidence: 0 to 1.

    """

    commune: str = UNLOCATED_COMMUNE
    centre: str = PROVINCE_CENTRE
    lat: float | None = None
    lon: float | None = None
    by: Literal["catalogue", "none"] = "none"
    confidence: float = 0.0


NOWHERE = Where()


def derived(  # the fields of one record
    *,
    source: Source,
    publisher: str,
    event_id: str,
    kind: str,
    device: str,
    severity: Severity,
    at: datetime,
    title: str,
    text: str,
    evidence: dict[str, Any],
    rule_id: str,
    versions: Mapping[str, str],
    category: Category = "other",
    subcategory: str = "device_fault",
    where: Where = NOWHERE,
    accepted_at: datetime | None = None,
    clears: bool = False,
    resolves: bool | None = None,
    gathers: list[str] | None = None,
    signal_id: str | None = None,
    made: bool = False,
) -> Signal:
    """Make such a signal; what is not an argument is the same for all of them.

    Args:
        source: Whose matter it is.
        publisher: URI of the part that found it; with ``event_id`` it gives the signal's id.
        event_id: Names what is said: saying it twice is saying it once.
        kind: Names the condition, with ``device``.
        device: What it is about.
        severity: How grave; of what clears always ``low``.
        at: When it was so.
        title: One line, Vietnamese.
        text: Sentences for the operator, Vietnamese.
        evidence: Figures that led here.
        rule_id: Which rule.
        versions: Of the rules.
        category: A fault of devices or of data, unless it says otherwise.
        subcategory: See ``category``.
        where: Where it belongs.
        accepted_at: When Kafka had what led here; none: ``at``.
        clears: The condition has ended.
        resolves: Whether that ends the incident; none: as is usual for the source.
        gathers: Signals whose incidents are listed under it.
        signal_id: Its id, where that follows another rule.
        made: All that led here is a simulator's.

    """
    signal = Signal(
        signal_id=signal_id or f"{source}:{digest(publisher, event_id):016x}",
        source=source,
        event_id=event_id,
        kind=kind,
        category=category,
        subcategory=subcategory,
        severity="low" if clears else severity,
        confidence=1.0,
        at=at,
        commune=where.commune,
        centre=where.centre,
        lat=where.lat,
        lon=where.lon,
        located_by=where.by,
        location_confidence=where.confidence,
        title=title,
        text=text,
        evidence=evidence,
        rule_id=rule_id,
        versions=dict(versions),
        accepted_at=accepted_at or at,
        publisher=publisher,
        device=device,
        clears=clears,
        resolves=resolves,
        gathers=gathers,
    )
    return marked(signal) if made else signal
