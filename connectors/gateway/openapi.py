"""The description of the HTTP interface: FastAPI's own, completed by the six models and their examples."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from connectors.gateway.access import CSRF_HEADER, SECURE_COOKIE
from connectors.gateway.actions import ACTION_REQUEST
from connectors.gateway.alertmanager_errors import PREFIX as ALERTMANAGER
from connectors.gateway.attachments import MULTIPART, RAW_TYPES
from connectors.gateway.body import JSON_TYPE, NDJSON_TYPE
from connectors.gateway.login import LOGIN_REQUEST
from connectors.gateway.pictures import TYPES as TYPES_OF_PICTURES
from connectors.gateway.problems import KINDS, PROBLEM_TYPE, TYPE_PREFIX
from connectors.gateway.ratings import RATING_REQUEST
from connectors.gateway.shifts import HANDOVER_REQUEST, NOTE_REQUEST
from connectors.gateway.silences import SILENCE_EXAMPLE, SILENCE_REQUEST
from connectors.gateway.ves import BATCH_PATH, EVENT_PATH
from connectors.gateway.ves_errors import PREFIX as VES_PREFIX
from ioc.events import BATCHED, SPECS, STRUCTURED, TYPES
from ioc.settings import Settings
from ioc.ves import DOMAINS
from ioc.vocabulary import SOURCES, Source

LOGIN_PATH: Final = "/v1/login"
_SCHEMAS: Final = "#/components/schemas/"

EXAMPLES: Final[dict[Source, dict[str, Any]]] = {
    "reports": {
        "id": "r-2026-000123",
        "occurred_at": "2026-03-02T07:45:00+07:00",
        "text": "Cây đổ chắn ngang đường trước cổng chợ",
        "lat": 20.9517,
        "lon": 107.0807,
        "channel": "app",
    },
    "sensors": {
        "device_id": "aqi-07",
        "metric": "pm25",
        "value": 48.5,
        "unit": "ug/m3",
        "observed_at": "2026-03-02T07:45:00+07:00",
    },
    "cameras": {
        "id": "1772412300.5-abc123",
        "camera_id": "cam-118",
        "kind": "fire",
        "observed_at": "2026-03-02T07:45:00+07:00",
        "confidence": 0.91,
    },
    "bts": {
        "site_id": "QN-0213",
        "operator": "operator-a",
        "technology": "4G",
        "observed_at": "2026-03-02T07:45:00+07:00",
        "rsrp_dbm": -97.0,
        "users": 184,
    },
    "gate": {
        "gate_id": "gate-1",
        "direction": "out",
        "kind": "queue",
        "observed_at": "2026-03-02T07:45:00+07:00",
        "vehicles_waiting": 85,
    },
    "security": {
        "id": "soc-4711",
        "asset_id": "portal-web-1",
        "kind": "brute_force",
        "severity": "high",
        "observed_at": "2026-03-02T07:45:00+07:00",
        "technique": "T1110",
        "count": 240,
    },
}
"""One valid event per source."""

_FIELD_ERROR: Final = {
    "type": "object",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer of the bad field; empty for the whole item"},
        "code": {"type": "string"},
        "message": {"type": "string", "description": "what was expected; never what was sent"},
    },
}
_RESULTS: Final = {
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "id", "status", "errors"],
                "properties": {
                    "index": {"type": "integer"},
                    "id": {"type": ["string", "null"]},
                    "status": {"enum": ["accepted", "rejected", "valid"]},
                    "errors": {"type": "array", "items": {"$ref": _SCHEMAS + "FieldError"}},
                },
            },
        }
    },
}
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"enum": [TYPE_PREFIX + kind.code for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": _SCHEMAS + "FieldError"}},
    },
}

VES_EXAMPLE: Final = {
    "commonEventHeader": {
        "version": "4.1",
        "vesEventListenerVersion": "7.2.1",
        "domain": "fault",
        "eventName": "Fault_gNB_PowerLost",
        "eventId": "fault0000245",
        "sequence": 1,
        "priority": "High",
        "reportingEntityName": "oss-1",
        "sourceName": "QN-0213",
        "nfNamingCode": "gNB",
        "startEpochMicrosec": 1772412300000000,
        "lastEpochMicrosec": 1772412300000000,
    },
    "faultFields": {
        "faultFieldsVersion": "4.0",
        "alarmCondition": "PowerLost",
        "eventSourceType": "other",
        "specificProblem": "Mains power lost, battery empty",
        "eventSeverity": "CRITICAL",
        "vfStatus": "Active",
        "alarmAdditionalInformation": {"operator": "operator-a", "lat": "20.9517", "lon": "107.0807"},
    },
}
"""One valid VES event."""
_VES_EVENT: Final = {
    "type": "object",
    "description": (
        "An event of the Common Event Format 30.2.1 (ONAP VES 7.2.1), checked against its published JSON schema; "
        "numbers are taken for versions too"
    ),
    "required": ["commonEventHeader"],
    "properties": {
        "commonEventHeader": {
            "type": "object",
            "required": [
                "domain", "eventId", "eventName", "lastEpochMicrosec", "priority", "reportingEntityName", "sequence",
                "sourceName", "startEpochMicrosec", "version", "vesEventListenerVersion",
            ],
            "properties": {"domain": {"enum": list(DOMAINS)}},
        },
        "faultFields": {"type": "object"},
        "heartbeatFields": {"type": "object"},
        "measurementFields": {"type": "object"},
        "stateChangeFields": {"type": "object"},
        "thresholdCrossingAlertFields": {"type": "object"},
    },
}  # fmt: skip
_VES_EXCEPTION: Final = {
    "type": "object",
    "required": ["messageId", "text"],
    "properties": {
        "messageId": {"type": "string", "description": "SVC… or POL… as the standard numbers them"},
        "text": {"type": "string", "description": "%1, %2 … stand for the variables"},
        "variables": {"type": "array", "items": {"type": "string"}},
    },
}
_VES_ERROR: Final = {
    "type": "object",
    "description": "requestError of the VES Event Listener",
    "required": ["requestError"],
    "properties": {
        "requestError": {
            "type": "object",
            "properties": {"serviceException": _VES_EXCEPTION, "policyException": _VES_EXCEPTION},
        }
    },
}


def describe(app: FastAPI, settings: Settings) -> None:
    """Complete what ``/openapi.json`` says."""
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(own(), settings)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI wants it done


def _completed(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= {"FieldError": _FIELD_ERROR, "Results": _RESULTS, "Problem": _PROBLEM}
    schemas |= {"VesEvent": _VES_EVENT, "VesError": _VES_ERROR}
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "an API key, the token of a session, or a token of the identity provider",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SECURE_COOKIE,
            "description": f"changes need the header {CSRF_HEADER} beside it: see GET /v1/session",
        },
        "basic": {"type": "http", "scheme": "basic", "description": "user: key id or publisher; password: the key"},
    }
    paths = document["paths"]
    for source in SOURCES:
        name = _add(schemas, SPECS[source].adapter.json_schema(ref_template=_SCHEMAS + "{model}"))
        _publishes(paths[f"/v1/{source}"]["post"], _plain_body(name, EXAMPLES[source]), settings)
    _publishes(paths["/v1/events"]["post"], _events_body(), settings)
    _takes_ves(paths[EVENT_PATH]["post"], "event", {"$ref": _SCHEMAS + "VesEvent"}, VES_EXAMPLE, settings)
    several = {"type": "array", "minItems": 1, "items": {"$ref": _SCHEMAS + "VesEvent"}}
    _takes_ves(paths[BATCH_PATH]["post"], "eventList", several, [VES_EXAMPLE], settings)
    action = _add(schemas, ACTION_REQUEST.json_schema(ref_template=_SCHEMAS + "{model}"))
    act = paths["/v1/incidents/{incident_id}/actions"]["post"]
    act["requestBody"] = {
        "required": True,
        "content": {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + action}, "example": {"action": "acknowledge"}}},
    }
    for path, adapter, example in (
        ("/v1/shifts/{centre}/log", NOTE_REQUEST, {"text": "Đã gọi lại đội cây xanh", "incidents": []}),
        ("/v1/shifts/{centre}/handover", HANDOVER_REQUEST, {"text": "Theo dõi triều cường lúc 02:00"}),
    ):
        said = _add(schemas, adapter.json_schema(ref_template=_SCHEMAS + "{model}"))
        content = {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + said}, "example": example}}
        paths[path]["post"]["requestBody"] = {"required": True, "content": content}
    picture = {"schema": {"type": "string", "format": "binary"}}
    form = {"schema": {"type": "object", "properties": {"file": picture["schema"]}}}
    paths["/v1/attachments"]["post"]["requestBody"] = {
        "required": True,
        "content": {**dict.fromkeys(RAW_TYPES, picture), MULTIPART: form},
    }
    shown = {"description": "The picture", "content": dict.fromkeys(TYPES_OF_PICTURES.values(), picture)}
    paths["/v1/attachments/{name}"]["get"]["responses"]["200"] = shown
    rating = _add(schemas, RATING_REQUEST.json_schema(ref_template=_SCHEMAS + "{model}"))
    paths["/v1/reports/{report_id}/rating"]["post"]["requestBody"] = {
        "required": True,
        "content": {
            JSON_TYPE: {"schema": {"$ref": _SCHEMAS + rating}, "example": {"rating": "satisfied", "comment": ""}}
        },
    }
    silence = _add(schemas, SILENCE_REQUEST.json_schema(ref_template=_SCHEMAS + "{model}"))
    paths["/v1/silences"]["post"]["requestBody"] = {
        "required": True,
        "content": {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + silence}, "example": SILENCE_EXAMPLE}},
    }
    signing_in = _add(schemas, LOGIN_REQUEST.json_schema(ref_template=_SCHEMAS + "{model}"))
    paths[LOGIN_PATH]["post"]["requestBody"] = {
        "required": True,
        "content": {
            JSON_TYPE: {
                "schema": {"$ref": _SCHEMAS + signing_in},
                "example": {"name": "an", "password": "…", "answer": "token"},
            }
        },
    }
    for path, methods in paths.items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            if "default" in operation["responses"]:
                continue  # it says itself how it refuses
            if path.startswith(VES_PREFIX):
                operation["responses"]["default"] = {
                    "description": "A requestError; its messageId says which",
                    "content": {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + "VesError"}}},
                }
                operation["security"] = [{"basic": []}, {"key": []}]
                continue
            if path.startswith(ALERTMANAGER):
                operation["responses"]["default"] = {
                    "description": "What is wrong, as a text",
                    "content": {JSON_TYPE: {"schema": {"type": "string"}}},
                }
                operation["security"] = [{"basic": []}, {"key": []}, {"session": []}]
                continue
            operation["responses"]["default"] = {
                "description": "A problem; the title says which",
                "content": {PROBLEM_TYPE: {"schema": {"$ref": _SCHEMAS + "Problem"}}},
            }
            if path.startswith("/v1/") and not path.startswith(LOGIN_PATH):
                operation["security"] = [{"key": []}, {"session": []}]
    return document


def _add(schemas: dict[str, Any], schema: dict[str, Any]) -> str:
    schemas |= schema.pop("$defs", {})
    name: str = schema["title"]
    schemas[name] = schema
    return name


def _takes_ves(
    operation: dict[str, Any], member: str, schema: dict[str, Any], example: Any, settings: Settings
) -> None:
    gateway = settings.gateway
    operation["description"] = (
        "ONAP VES Event Listener 7.2.1. Faults, heartbeats, measurements, state changes and threshold crossings become "
        "samples of `/v1/bts`; other domains are accepted and not used. 202 means that Kafka has every accepted event "
        "with acks=all; it has a body only where an event was refused. The same event again changes nothing. "
        "`validate=true` checks and writes nothing. "
        f"At most {gateway.ves_max_body_bytes} bytes and {gateway.max_batch_items} events a request (400, POL9003), "
        f"{gateway.rate_per_key:g} events a second and key (429 with Retry-After)."
    )
    body = {"type": "object", "required": [member], "properties": {member: schema}}
    operation["requestBody"] = {
        "required": True,
        "content": {JSON_TYPE: {"schema": body, "example": {member: example}}},
    }
    answer = {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + "Results"}}}
    operation["responses"]["202"] = {"description": "At least one event is accepted", "content": answer}
    operation["responses"]["200"] = {"description": "validate=true: at least one event is valid", "content": answer}


def _publishes(operation: dict[str, Any], body: dict[str, Any], settings: Settings) -> None:
    gateway = settings.gateway
    operation["description"] = (
        "202 means that Kafka has every accepted item with acks=all, and a request is in Kafka as a whole or not at "
        "all. The same (source, id) again is accepted and changes nothing. `validate=true` checks and writes nothing. "
        f"At most {gateway.max_body_bytes} bytes and {gateway.max_batch_items} items a request (413), "
        f"{gateway.rate_per_key:g} items a second and key (429 with Retry-After)."
    )
    operation["requestBody"] = {"required": True, "content": body}
    answer = {JSON_TYPE: {"schema": {"$ref": _SCHEMAS + "Results"}}}
    operation["responses"]["202"] = {"description": "At least one item is accepted", "content": answer}
    operation["responses"]["200"] = {"description": "validate=true: at least one item is valid", "content": answer}


def _plain_body(name: str, example: dict[str, Any]) -> dict[str, Any]:
    reference = {"$ref": _SCHEMAS + name}
    return {
        JSON_TYPE: {"schema": {"oneOf": [reference, {"type": "array", "items": reference}]}, "example": example},
        NDJSON_TYPE: {"schema": {"type": "string", "description": "one object per line"}},
    }


def _events_body() -> dict[str, Any]:
    source: Source = "sensors"
    event = {
        "specversion": "1.0",
        "id": "7f3a",
        "source": "stations",
        "type": TYPES[source],
        "datacontenttype": JSON_TYPE,
        "data": EXAMPLES[source],
    }
    schema = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {"type": {"enum": list(TYPES.values())}},
    }
    return {
        STRUCTURED: {"schema": schema, "example": event},
        BATCHED: {"schema": {"type": "array", "items": schema}, "example": [event]},
    }
