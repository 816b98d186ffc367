"""What other systems pull, over HTTP: open data, alerts, entities and alarms; and what is pushed to a broker."""

from __future__ import annotations

from connectors.opendata.alarms import Alarms, alarm_router
from connectors.opendata.feeds import Feed
from connectors.opendata.router import Exports, Prepared, router

__all__ = ["Alarms", "Exports", "Feed", "Prepared", "alarm_router", "router"]
