"""Open311 GeoReport v2 over HTTP, as a part of the gateway's process."""

from __future__ import annotations

from connectors.open311.ports import Asker, Office
from connectors.open311.router import PREFIX, router

__all__ = ["PREFIX", "Asker", "Office", "router"]
