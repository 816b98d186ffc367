"""VES events for tests, as the sources of a mobile network send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def header(domain: str, at: datetime, **fields: Any) -> dict[str, Any]:
    """A ``commonEventHeader`` of a moment."""
    content = {
        "version": "4.1",
        "vesEventListenerVersion": "7.2.1",
        "domain": domain,
        "eventName": f"{domain}_gNB",
        "eventId": f"{domain}0000245",
        "sequence": 0,
        "priority": "Normal",
        "reportingEntityName": "oss-1",
        "sourceName": "QN-0213",
        "nfNamingCode": "gNB",
        "startEpochMicrosec": micros(at),
        "lastEpochMicrosec": micros(at),
    }
    return content | fields


def fault(severity: str, at: datetime, *, more: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    """An alarm, or with NORMAL its end."""
    block: dict[str, Any] = {
        "faultFieldsVersion": "4.0",
        "alarmCondition": "PowerLost",
        "eventSourceType": "other",
        "specificProblem": "Mains power lost",
        "eventSeverity": severity,
        "vfStatus": "Active",
    }
    if more:
        block["alarmAdditionalInformation"] = more
    return {"commonEventHeader": header("fault", at, **fields), "faultFields": block}


def heartbeat(at: datetime, *, interval_s: int | None = None, **fields: Any) -> dict[str, Any]:
    """A sign of life; without an interval it has no block, as the standard allows."""
    event = {"commonEventHeader": header("heartbeat", at, **fields)}
    if interval_s is not None:
        event["heartbeatFields"] = {"heartbeatFieldsVersion": "3.0", "heartbeatInterval": interval_s}
    return event


def measurement(
    at: datetime, *cells: dict[str, str], more: dict[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """Figures of some cells."""
    block: dict[str, Any] = {"measurementFieldsVersion": "4.0", "measurementInterval": 300}
    if cells:
        block["additionalMeasurements"] = [
            {"name": f"cell-{number}", "hashMap": figures} for number, figures in enumerate(cells)
        ]
    if more:
        block["additionalFields"] = more
    return {"commonEventHeader": header("measurement", at, **fields), "measurementFields": block}


def state_change(
    new: str, old: str, at: datetime, *, more: dict[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """A site that changed its state."""
    block: dict[str, Any] = {
        "stateChangeFieldsVersion": "4.0", "newState": new, "oldState": old, "stateInterface": "site"
    }  # fmt: skip
    if more:
        block["additionalFields"] = more
    return {"commonEventHeader": header("stateChange", at, **fields), "stateChangeFields": block}


def threshold(action: str, severity: str, at: datetime, *counters: dict[str, str], **fields: Any) -> dict[str, Any]:
    """A crossed threshold, or the end of it."""
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    block = {
        "thresholdCrossingFieldsVersion": "4.0",
        "additionalParameters": [
            {"criticality": "MAJ", "thresholdCrossed": "RSRP", "hashMap": counter} for counter in counters
        ],
        "alertAction": action,
        "alertDescription": "RSRP-LOW",
        "alertType": "ELEMENT-ANOMALY",
        "collectionTimestamp": stamp,
        "eventSeverity": severity,
        "eventStartTimestamp": stamp,
    }
    return {"commonEventHeader": header("thresholdCrossingAlert", at, **fields), "thresholdCrossingAlertFields": block}


def syslog(at: datetime, **fields: Any) -> dict[str, Any]:
    """A line of a log: valid, and nothing that is used."""
    block = {"syslogFieldsVersion": "4.0", "eventSourceType": "other", "syslogMsg": "started", "syslogTag": "ntpd"}
    return {"commonEventHeader": header("syslog", at, **fields), "syslogFields": block}
