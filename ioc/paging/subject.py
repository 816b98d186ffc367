"""What matchers of silences and chains look at: what routes look at, and the devices that speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from ioc.routing.labels import Labels


@dataclass(frozen=True, slots=True)
class Subject:
    """An incident, or a signal before it is one.

    Attributes:
        labels: As routes see it.
        devices: Ids of the devices that speak of it.
        sites: Masts, buildings and stations that these stand at; a base station is its own site.
        kinds: Kinds of the devices' conditions.

    """

    labels: Labels
    devices: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
