"""What a security operations centre (SOC) tells about a host or another asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import with_config

from ioc.events.fields import CONFIG, Code, Count, Id, Instant, Name, SourceUri, Spelled, Text, joined
from ioc.events.identifiers import unfit
from ioc.events.problems import future
from ioc.records import FieldError

SocSeverity = Literal["critical", "high", "normal", "low", "info"]
_SocSeverity = Annotated[
    SocSeverity,
    Spelled(
        {
            "critical": "critical",
            "high": "high",
            "normal": "normal",
            "medium": "normal",
            "warning": "normal",
            "low": "low",
            "info": "info",
            "informational": "info",
        }
    ),
]


@with_config(CONFIG)
@dataclass(frozen=True, slots=True)
class Security:
    """A SOC event; severities are the product's own, and ``info`` below them."""

    id: Id
    asset_id: Name
    kind: Code
    severity: _SocSeverity
    observed_at: Instant
    technique: Code | None = None
    """MITRE ATT&CK technique, such as T1110."""
    description: Text | None = None
    count: Count | None = None
    source: SourceUri | None = None
    synthetic: bool | None = None
    """Made by a simulator: shown as such, and kept apart from what is real."""

    @property
    def at(self) -> datetime:
        """Event time, UTC."""
        return self.observed_at

    @property
    def series(self) -> str:
        """What this is the next sample of."""
        return joined(self.asset_id, self.kind)

    @property
    def own_id(self) -> str:
        """The event's id."""
        return self.id

    def settle(self, latest: datetime) -> Sequence[FieldError]:
        """Find what no field alone shows.

        Args:
            latest: An event time after it lies in the future.

        """
        errors = unfit(id=self.id, asset_id=self.asset_id, kind=self.kind, source=self.source)
        if self.observed_at > latest:
            errors.append(future("/observed_at"))
        return errors
