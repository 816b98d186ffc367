"""An incident, or a signal, as matchers of silences and chains see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ioc.incidents.case import Case
from ioc.incidents.registry import Registry
from ioc.incidents.routing import labels_of, source_of
from ioc.paging import Subject
from ioc.records import Signal
from ioc.routing import Labels
from ioc.vocabulary import UNLOCATED_COMMUNE, Source


class Subjects:
    """Makes subjects.

    Args:
        registry: Knows where an emergency mode is in force.
        site_of: Site of a device of the register, if it has one.

    """

    def __init__(self, registry: Registry, site_of: Callable[[str], str | None]) -> None:
        self._registry = registry
        self._site_of = site_of

    def of_case(self, case: Case, now: datetime) -> Subject:
        """An incident with the conditions that it is about."""
        incident = case.incident
        mode = self._registry.mode(incident.centre, incident.commune, now)
        labels = labels_of(incident, source_of(incident), mode)
        return self._subject(labels, (held.key for held in case.conditions))

    def of_signal(self, signal: Signal, condition: str, now: datetime) -> Subject:
        """A machine's signal."""
        labels = Labels(
            signal.category, signal.subcategory, signal.severity, signal.source, signal.commune, signal.centre,
            signal.at, signal.lat, signal.lon, self._registry.mode(signal.centre, signal.commune, now),
        )  # fmt: skip
        return self._subject(labels, (condition,))

    def of_device(self, device: str, source: Source, at: datetime) -> Subject:
        """A device of which nothing is known but its name."""
        labels = Labels("other", "", "low", source, UNLOCATED_COMMUNE, "", at)
        return self._subject(labels, (f"{source}|{device}|",))

    def _subject(self, labels: Labels, conditions: Iterable[str]) -> Subject:
        split = [each.split("|", 2) for each in conditions]
        if not split:
            return Subject(labels)
        devices = frozenset(device for _, device, _ in split)
        sites = {site for device in devices if (site := self._site_of(device)) is not None}
        return Subject(labels, devices, devices | sites, frozenset(kind for _, _, kind in split))
