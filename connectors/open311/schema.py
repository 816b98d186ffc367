"""What ``/openapi.json`` says of the calls beside what their routes say themselves."""

from __future__ import annotations

from typing import Any, Final

_ERRORS: Final = {
    "description": "Errors: 404 what is not there, 403 the key, 400 anything else",
    "content": {
        "application/json": {
            "schema": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "description"],
                    "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
                },
            }
        },
        "text/xml": {"schema": {"type": "string"}},
    },
}
_KEY: Final[list[dict[str, list[str]]]] = [{"key": []}]
_ANSWER: Final = {
    "description": "The answer",
    "content": {"application/json": {"schema": {}}, "text/xml": {"schema": {"type": "string"}}},
}
_UNCHANGED: Final = {"description": "It is as the client has it"}

READS: Final[dict[str, Any]] = {
    "responses": {"200": _ANSWER, "304": _UNCHANGED, "default": _ERRORS},
    "security": [{}, *_KEY],
}

_FIELDS: Final = {
    "api_key": {"type": "string"},
    "jurisdiction_id": {"type": "string"},
    "service_code": {"type": "string"},
    "lat": {"type": "number"},
    "long": {"type": "number"},
    "address_string": {"type": "string"},
    "address_id": {"type": "string"},
    "description": {"type": "string", "maxLength": 4000},
    "media_url": {"type": "string"},
    "email": {"type": "string"},
    "device_id": {"type": "string"},
    "account_id": {"type": "string"},
    "first_name": {"type": "string"},
    "last_name": {"type": "string"},
    "phone": {"type": "string"},
}
_BODY: Final = {
    "schema": {"type": "object", "required": ["service_code"], "properties": _FIELDS},
    "example": {"service_code": "urban_infrastructure", "address_string": "…", "description": "Ổ gà lớn giữa đường"},
}

TAKES: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": _BODY, "application/json": _BODY},
    },
    "responses": {"200": _ANSWER, "default": _ERRORS},
    "security": _KEY,
}


def _parameter(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}


LISTS: Final[dict[str, Any]] = READS | {
    "parameters": [
        *(
            _parameter(name)
            for name in (
                "api_key", "jurisdiction_id", "service_request_id", "service_code", "start_date", "end_date", "status",
                "updated_after", "updated_before", "bbox", "extensions",
            )
        ),
        _parameter("page", "integer"),
        _parameter("page_size", "integer"),
    ]
}  # fmt: skip
"""Of the list of requests."""
