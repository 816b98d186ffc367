"""What came of an event, as a person reads it: accepted or why not, and what was understood of a report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from connectors.cli.console import CATEGORY_VI, SEVERITY_VI, line, out
from connectors.cli.gateway_client import field_sentence
from ioc.settings import Settings

if TYPE_CHECKING:
    from ioc.catalog import Catalogue


def print_result(result: dict[str, Any], *, plain: bool) -> None:
    """Show what the gateway or the worker says about one event."""
    if plain:
        line(orjson.dumps(result).decode())
        return
    errors = result.get("errors") or []
    status = str(result.get("status") or ("rejected" if errors else "accepted"))
    style = "red" if errors else "green"
    out.print(f"[{style}]{status}[/]  ", end="")
    duplicate = result.get("duplicate_of")
    name = result.get("id") or (f"item {result['index'] + 1}" if "index" in result else "")
    out.print(f"{name}" + (f" (of {duplicate})" if duplicate else ""), markup=False)
    for error in errors:
        out.print(f"  {field_sentence(error)}", markup=False)


def print_feedback(feedback: dict[str, Any], settings: Settings, *, plain: bool) -> None:
    """Show what was understood of a report: category, commune, unit, expected time, and the citizen's answer."""
    if plain:
        line(orjson.dumps(feedback).decode())
        return
    for label, text in _understood(feedback, settings):
        out.print(f"  [dim]{label:<12}[/] ", end="")
        out.print(text, markup=False)


def _understood(feedback: dict[str, Any], settings: Settings) -> list[tuple[str, str]]:
    rows = [("status", str(feedback.get("status") or ""))]
    if category := feedback.get("category"):
        rows.append(("category", f"{category} · {CATEGORY_VI.get(category, category)}"))
    incident = str(feedback.get("incident_id") or "")
    if severity := feedback.get("severity"):
        rows.append(("severity", f"{severity} · {SEVERITY_VI.get(severity, severity)}"))
    if commune := feedback.get("commune") or (incident and _commune(incident.split("-")[1], settings)):
        rows.append(("commune", str(commune)))
    if unit := feedback.get("unit"):
        rows.append(("unit", _unit(unit, settings)))
    if expected := feedback.get("expected_at"):
        moment = datetime.fromisoformat(expected).astimezone(ZoneInfo(_catalogue(settings).timezone))
        rows.append(("expected by", moment.strftime("%H:%M %d/%m/%Y")))
    if incident:
        rows.append(("incident", incident))
    if (merged := int(feedback.get("merged_count") or 0)) > 1:
        rows.append(("reports", f"{merged} about the same"))
    if text := (feedback.get("text") or {}).get("vi"):
        rows.append(("answer", text))
    return rows


def _commune(code: str, settings: Settings) -> str:
    found = _catalogue(settings).communes.get(code)
    return found.name if found else "not located"


def _unit(code: str, settings: Settings) -> str:
    return _catalogue(settings).unit_name(code)


def _catalogue(settings: Settings) -> Catalogue:
    from connectors.cli.province import load_province  # noqa: PLC0415 - half a second that other answers do not need

    return load_province(settings)
