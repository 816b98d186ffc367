"""Which alerts a listener asks for, beside whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Traits(NamedTuple):
    """What an alert is chosen by."""

    severity: str
    category: str = ""
    reason: str = ""
    commune: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Values that are asked for; of a set any will do, what is none does not matter."""

    severity: frozenset[str] | None = None
    category: frozenset[str] | None = None
    reason: frozenset[str] | None = None
    commune: frozenset[str] | None = None
    unit: frozenset[str] | None = None

    def passes(self, traits: Traits) -> bool:
        """Whether an alert is asked for."""
        asked = (self.severity, self.category, self.reason, self.commune, self.unit)
        return all(values is None or value in values for value, values in zip(traits, asked, strict=True))
