"""``ioc send``: one event or many, through the gateway or straight to Kafka, and what becomes of them."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from connectors.cli import config
from connectors.cli.answers import print_feedback, print_result
from connectors.cli.console import err
from connectors.cli.errors import EXIT_USAGE, CommandError, Unavailable
from connectors.cli.gateway_client import Answer, Gateway
from connectors.cli.send_kafka import send_and_follow
from ioc.identity import lettered
from ioc.settings import Settings
from ioc.vocabulary import Source

app = typer.Typer(
    no_args_is_help=True,
    help="Send one event or many, and see what becomes of them.",
    add_completion=False,
)
APPS: Final = {"send": app}

FEEDBACK_WAIT_S: Final = 10.0
_POLL_S: Final = 0.2
_INCIDENT_WAIT_S: Final = 2.0
_ONCE: Final = ("category", "commune")
"""What only the first answer says."""

Json = Annotated[str | None, typer.Option("--json", help="A JSON object, or an array of them.")]
File = Annotated[str | None, typer.Option("--file", "-f", help="JSON object, array or lines from a file; - is stdin.")]
Key = Annotated[str | None, typer.Option("--key", help="API key; else IOC_KEY, else the one that `ioc up` left.")]
Url = Annotated[str | None, typer.Option("--url", help="Gateway; else IOC_URL, else the configured one.")]
ToKafka = Annotated[bool, typer.Option("--kafka", help="Straight to Kafka instead of through the gateway.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for what becomes of it.")]
Plain = Annotated[bool, typer.Option("--plain", help="Answers as JSON lines, for scripts.")]


@app.command()
def report(
    *,
    text: Annotated[str | None, typer.Option("--text", "-t", help="What the citizen writes.")] = None,
    lat: Annotated[float | None, typer.Option(help="Degrees north, WGS 84.")] = None,
    lon: Annotated[float | None, typer.Option(help="Degrees east, WGS 84.")] = None,
    report_id: Annotated[str | None, typer.Option("--id", help="Id of the report; made up unless given.")] = None,
    address: Annotated[str | None, typer.Option(help="Where, in words.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="How it came: app, hotline, officer (walk-in, radio), portal or zalo.")
    ] = None,
    json: Json = None,
    file: File = None,
    key: Key = None,
    url: Url = None,
    kafka: ToKafka = False,
    no_wait: NoWait = False,
    plain: Plain = False,
) -> None:
    """A citizen's report; prints the receipt and then what was understood."""
    if text is None:
        body = _body(json, file)
    else:
        fields = {
            "id": report_id or f"cli-{lettered(secrets.token_bytes(6))}",
            "occurred_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "text": text,
            "lat": lat,
            "lon": lon,
            "address": address,
            "channel": channel,
        }
        body = orjson.dumps({name: value for name, value in fields.items() if value is not None})
    _send("reports", body, key=key, url=url, kafka=kafka, wait=not no_wait, plain=plain)


def _generic(source: Source, summary: str) -> Callable[..., None]:
    def command(
        *,
        json: Json = None,
        file: File = None,
        key: Key = None,
        url: Url = None,
        kafka: ToKafka = False,
        no_wait: NoWait = False,
        plain: Plain = False,
    ) -> None:
        _send(source, _body(json, file), key=key, url=url, kafka=kafka, wait=not no_wait, plain=plain)

    command.__doc__ = summary
    return command


_GENERIC: Final[dict[str, tuple[Source, str]]] = {
    "sensor": ("sensors", "Readings of stations and sensors."),
    "camera": ("cameras", "Events of cameras."),
    "bts": ("bts", "Samples of mobile base stations."),
    "gate": ("gate", "Passages and queues at a border gate."),
    "security": ("security", "Events of the security operations centre."),
}
for _name, (_source, _summary) in _GENERIC.items():
    app.command(_name)(_generic(_source, _summary))


def _body(json: str | None, file: str | None) -> bytes:
    if (json is None) == (file is None):
        raise CommandError("say what to send: --json '{…}' or --file F (- is stdin)", EXIT_USAGE)
    if json is not None:
        return json.encode()
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(str(file)).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", EXIT_USAGE) from None


def events_of(body: bytes) -> list[Any]:
    """The events of a JSON object, an array, or JSON lines.

    Raises:
        CommandError: it is none of them; the sentence names the line.

    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        events = []
        for number, text in enumerate(body.splitlines(), start=1):
            if not text.strip():
                continue
            try:
                events.append(orjson.loads(text))
            except orjson.JSONDecodeError as error:
                raise CommandError(f"line {number} is not JSON: {error.msg}", EXIT_USAGE) from None
        return events
    return document if isinstance(document, list) else [document]


def _send(
    source: Source, body: bytes, *, key: str | None, url: str | None, kafka: bool, wait: bool, plain: bool
) -> None:
    events = events_of(body)
    if not events:
        raise CommandError("there is nothing to send", EXIT_USAGE)
    settings = config.load().settings
    if kafka:
        accepted = _to_kafka(settings, source, events, wait=wait, plain=plain)
    else:
        accepted = _to_gateway(settings, source, events, key=key, url=url, wait=wait, plain=plain)
    if not accepted:
        raise typer.Exit(1)


def _to_gateway(
    settings: Settings,
    source: Source,
    events: list[Any],
    *,
    key: str | None,
    url: str | None,
    wait: bool,
    plain: bool,
) -> bool:
    """Send through the gateway; true when everything was accepted."""
    with Gateway(settings, url=url, key=key) as gateway:
        lines = b"\n".join(orjson.dumps(event) for event in events)
        kind = "application/json" if len(events) == 1 else "application/x-ndjson"
        answer = gateway.post(source, lines, kind)
        results = _results(answer)
        for result in results:
            print_result(result, plain=plain)
        accepted = [result for result in results if not result.get("errors")]
        if source == "reports" and wait and accepted:
            missing = _follow(gateway, [str(result["id"]) for result in accepted], settings, plain=plain)
            _explain_silence(missing)
    return len(accepted) == len(results)


def _results(answer: Answer) -> list[dict[str, Any]]:
    """The result of each event.

    Raises:
        CommandError: the request was refused as a whole.

    """
    results = answer.body.get("results")
    if not isinstance(results, list) or not results:
        raise CommandError(answer.sentence())
    return results


def _follow(gateway: Gateway, waiting: list[str], settings: Settings, *, plain: bool) -> list[str]:
    """Print the answer to each report as it comes; returns the ids for which none came in time."""
    deadline = time.monotonic() + FEEDBACK_WAIT_S
    heard: dict[str, float] = {}
    while waiting and time.monotonic() < deadline:
        for report_id in list(waiting):
            feedback = _feedback(gateway, report_id)
            if feedback is None:
                continue
            first = heard.setdefault(report_id, time.monotonic())
            # The first answer comes before the incident; what centre it went to is worth a moment more.
            if feedback.get("incident_id") or time.monotonic() - first > _INCIDENT_WAIT_S:
                print_feedback(feedback, settings, plain=plain)
                waiting.remove(report_id)
        if waiting:
            time.sleep(_POLL_S)  # the gateway can only be asked: it has nothing to wait on for one report
    return waiting


def _feedback(gateway: Gateway, report_id: str) -> dict[str, Any] | None:
    """The newest answer, with what earlier ones said of category and commune, and the incident's severity."""
    try:
        answer = gateway.report(report_id)
    except Unavailable:
        return None  # it is still reading what it must know: the deadline decides
    if answer.status != HTTPStatus.OK:
        return None
    newest, *older = answer.body.get("answers") or [answer.body]
    feedback = dict(newest)
    for earlier in older:
        feedback |= {name: earlier[name] for name in _ONCE if earlier.get(name) and not feedback.get(name)}
    incident_id = feedback.get("incident_id")
    return feedback | (_incident(gateway, incident_id) if incident_id else {})


def _incident(gateway: Gateway, incident_id: str) -> dict[str, Any]:
    try:
        answer = gateway.incident(incident_id)
    except CommandError:
        return {}  # a key for reports alone may not see incidents
    return {"severity": answer.body.get("severity")} if answer.status == HTTPStatus.OK else {}


def _to_kafka(settings: Settings, source: Source, events: list[Any], *, wait: bool, plain: bool) -> bool:
    """Send to Kafka; true unless something was rejected."""
    followed = send_and_follow(settings, source, events, FEEDBACK_WAIT_S if wait else 0.0)
    for place in followed.written:
        print_result({"id": place, "status": "written"}, plain=plain)
    for receipt in followed.receipts:
        print_result({**receipt, "status": receipt["result"]}, plain=plain)
    for feedback in followed.feedback:
        print_feedback(feedback, settings, plain=plain)
    _explain_silence(followed.missing)
    return all(receipt["result"] != "rejected" for receipt in followed.receipts)


def _explain_silence(missing: list[str]) -> None:
    if missing:
        err.print(
            f"Kafka has {', '.join(missing[:3])}{'…' if len(missing) > 3 else ''}, but no answer came within "
            f"{FEEDBACK_WAIT_S:.0f} s: is a worker running? (`ioc doctor`)"
        )
