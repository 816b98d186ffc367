"""``ioc why`` and ``ioc incident``: what was decided about an incident, told; the dossier of an emergency."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
import typer
from rich.text import Text

from connectors.cli import config
from connectors.cli.console import SEVERITY_STYLE, err, line, out
from connectors.cli.errors import CommandError
from connectors.cli.gateway_client import Answer, Gateway

Lang = Literal["vi", "en"]
Form = Literal["md", "json"]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, as the gateway has it.")]
Name = Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id.")]
Key = Annotated[str | None, typer.Option("--key", help="Key of the gateway; IOC_KEY, or this machine's operator's.")]
Url = Annotated[str | None, typer.Option("--url", help="Address of the gateway; IOC_URL, or this machine's.")]
Language = Annotated[Lang, typer.Option("--lang", help="vi or en.")]

why_app = typer.Typer(help="Why an incident is as it is.", add_completion=False)
incident_app = typer.Typer(no_args_is_help=True, help="Incidents, read and exported.", add_completion=False)
APPS: Final = {"why": why_app, "incident": incident_app}


@why_app.command()
def why(incident: Name, *, lang: Language = "vi", as_json: AsJson = False, key: Key = None, url: Url = None) -> None:
    """Tell every decision about an incident in order of time, with the rule that decided."""
    story = _asked(incident, "why", key, url)
    if as_json:
        line(orjson.dumps(story["story"]).decode())
        return
    for each in story["story"]:
        at = datetime.fromisoformat(each["at"]).astimezone()
        out.print(Text.assemble((f"{at:%d/%m %H:%M:%S}  ", "dim"), each["text"][lang], (f"  {each['rule_id']}", "dim")))


@incident_app.callback()
def incidents() -> None:
    """Incidents, read and exported."""


@incident_app.command()
def show(incident: Name, *, as_json: AsJson = False, key: Key = None, url: Url = None) -> None:
    """What is known of an incident now."""
    found = _asked(incident, "", key, url)
    if as_json:
        line(orjson.dumps(found).decode())
        return
    style = SEVERITY_STYLE.get(found["severity"], "")
    out.print(Text.assemble((f"{found['severity']} ", style), found["title"]))
    for label, value in _facts(found):
        out.print(f"[dim]{label:<14}[/] ", end="")
        out.print(value, markup=False)


@incident_app.command()
def export(
    incident: Name,
    *,
    lang: Language = "vi",
    form: Annotated[Form, typer.Option("--format", help="md (Markdown) or json (all that is known).")] = "md",
    target: Annotated[Path | None, typer.Option("--out", help="File to write; standard output unless given.")] = None,
    key: Key = None,
    url: Url = None,
) -> None:
    """Write the dossier: quick report, updates, summary, and why it was decided so."""
    story = _asked(incident, "why", key, url)
    if form == "json":
        whole = {
            "incident": _asked(incident, "", key, url),
            "evidence": _asked(incident, "evidence", key, url)["evidence"],
            "story": story["story"],
        }
        content = orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    else:
        content = story["dossier"][lang]
    if target is None:
        line(content.rstrip("\n"))
        return
    try:
        target.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from None
    err.print(f"Wrote {target}.")


def _asked(incident: str, what: str, key: str | None, url: str | None) -> dict[str, Any]:
    with Gateway(config.load().settings, url=url, key=key) as gateway:
        answer: Answer = gateway.incident(incident, what)
    if answer.status != 200:
        raise CommandError(answer.sentence())
    return answer.body


def _facts(found: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [
        ("incident", found["incident_id"]),
        ("status", found["status"] + (" · overdue" if found["overdue"] else "")),
        ("kind", f"{found['category']}/{found['subcategory']}"),
        ("centre", found["centre"]),
        ("unit", found["unit"]),
        ("opened", found["opened_at"]),
        ("due", found["due_at"] or ""),
        ("evidence", str(found["evidence_count"])),
        ("parent", found["parent"] or ""),
        ("listed", str(found["children_count"] or "")),
    ]
    return [(label, value) for label, value in facts if value]
