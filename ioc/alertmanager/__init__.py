"""Incidents and silences as Alertmanager's API v2 tells of alerts and silences, so that its clients can read them."""

from __future__ import annotations

from ioc.alertmanager.alerts import Shown, alert, fingerprint, groups
from ioc.alertmanager.matchers import Matcher, read_filter, read_pattern
from ioc.alertmanager.silences import Standing, silence
from ioc.alertmanager.status import configuration, status

__all__ = [
    "Matcher",
    "Shown",
    "Standing",
    "alert",
    "configuration",
    "fingerprint",
    "groups",
    "read_filter",
    "read_pattern",
    "silence",
    "status",
]
