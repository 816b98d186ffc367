"""Incidents of base stations as alarms of TM Forum's Alarm Management API (TMF642 v4), to be read only.

Enumerations are those of ITU-T X.733, as the API has them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from ioc.incidents.lifecycle import FINISHED
from ioc.synthetic import SUFFIX

BASE: Final = "/tmf-api/alarm/v4"
SEVERITIES: Final = {"critical": "critical", "high": "major", "normal": "minor", "low": "warning"}
"""``perceivedSeverity`` by ours, while an alarm is raised."""
CLEARED: Final = "cleared"

_ALARM: Final = {
    "bts": ("equipmentAlarm", "equipmentMalfunction"),
    "no_signal": ("communicationsAlarm", "lossOfSignal"),
    "weak_signal": ("qualityOfServiceAlarm", "degradedSignal"),
    "mobile_data": ("qualityOfServiceAlarm", "performanceDegraded"),
    "internet": ("communicationsAlarm", "communicationsSubsystemFailure"),
    "cable": ("communicationsAlarm", "lossOfSignal"),
    "device_fault": ("equipmentAlarm", "equipmentMalfunction"),
}
"""Type and probable cause by subcategory."""
_OTHERS: Final = ("communicationsAlarm", "indeterminate")


def alarm(incident: Mapping[str, Any], sites: Sequence[str], *, system: str, title: str) -> dict[str, Any]:
    """One alarm.

    Args:
        incident: Its record.
        sites: Base stations that it is about, if they are known.
        system: Names this system.
        title: What the kind of incident is called.

    """
    name, over = incident["incident_id"], incident["status"] in FINISHED
    kind, cause = _ALARM.get(incident["subcategory"], _OTHERS)
    first = sites[0] if sites else incident["commune"]
    made: dict[str, Any] = {
        "id": name,
        "href": f"{BASE}/alarm/{name}",
        "externalAlarmId": name,
        "sourceSystemId": system,
        "reportingSystemId": system,
        "alarmType": kind,
        "probableCause": cause,
        "specificProblem": title,
        "perceivedSeverity": CLEARED if over else SEVERITIES[incident["severity"]],
        "state": CLEARED if over else ("updated" if incident["version"] > 1 else "raised"),
        "ackState": "acknowledged" if incident["acknowledged_at"] else "unacknowledged",
        "alarmRaisedTime": incident["opened_at"],
        "alarmReportingTime": incident["opened_at"],
        "alarmChangedTime": incident["updated_at"],
        "alarmedObjectType": "BTS" if sites else "Area",
        "alarmedObject": {"id": first, "@referredType": "BTS" if sites else "Area"},
        "affectedService": [{"id": each, "@referredType": "BTS"} for each in sites],
        "serviceAffecting": incident["severity"] in {"critical", "high"},
        "isRootCause": incident["children_count"] > 0,
        "place": [{"id": incident["commune"], "role": "location", "@referredType": "Commune"}],
        "@type": "Alarm",
        "@baseType": "Alarm",
    }
    if str(incident["title"]).endswith(SUFFIX):
        made["alarmDetails"] = "synthetic: made by a simulator"
    if over:
        made["alarmClearedTime"] = incident["updated_at"]
    if incident["parent"]:
        made["parentAlarm"] = [{"id": incident["parent"], "href": f"{BASE}/alarm/{incident['parent']}"}]
    return made


def chosen(made: Mapping[str, Any], fields: Collection[str] | None) -> Mapping[str, Any]:
    """An alarm with the fields that were asked for: ``id`` and ``href`` always, as TMF630 has it."""
    if fields is None:
        return made
    return {name: value for name, value in made.items() if name in {"id", "href", "@type"} or name in fields}


def error(code: int, reason: str, message: str) -> dict[str, Any]:
    """An error of the API."""
    return {"code": str(code), "reason": reason, "message": message, "status": str(code), "@type": "Error"}
