"""What a handling unit sees of an incident: everything that the work needs, and nothing of who reported it."""

from __future__ import annotations

from typing import Any, Final

import orjson

from ioc.incidents.rating import CITIZEN

_HIDDEN: Final = ("event_id", "signal_id", "publisher")
"""Of a report's evidence: who has one of them and a friend at the publisher knows whose report it is."""


def without_reporters(raw: bytes) -> bytes:
    """An incident's JSON without the ids of reports and without what citizens wrote when they rated."""
    content: dict[str, Any] = orjson.loads(raw)
    content["evidence"] = [
        {name: "" if name in _HIDDEN else value for name, value in each.items()}
        if each.get("source") == "reports"
        else each
        for each in content.get("evidence", ())
    ]
    content["history"] = [
        each | {"reason": ""} if each.get("by") == CITIZEN else each for each in content.get("history", ())
    ]
    return orjson.dumps(content)
