"""The program ``ioc``: finds the command, loads only that one's parts, and ends with its exit code.

Commands stand in a table so that ``ioc --help`` answers at once; each is a typer application of its own module.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typer

from connectors.cli.errors import EXIT_OK, EXIT_USAGE, CommandError


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        module: Module below ``connectors.cli`` whose ``app`` it is.
        group: Heading that it stands under.
        summary: One line for the list.

    """

    module: str
    group: str
    summary: str


COMMANDS: Final[dict[str, Command]] = {
    "up": Command("up", "Run", "everything on this machine: broker, topics, worker, gateway"),
    "worker": Command("worker", "Run", "one worker: reads the topics, opens incidents, writes alerts"),
    "gateway": Command("gateway", "Run", "the HTTP edge"),
    "notify": Command("notify", "Run", "tells those outside: e-mail, web hooks, bots; what waits, what was given up"),
    "stations": Command("stations", "Run", "the watcher on files of monitoring stations"),
    "mqtt": Command("mqtt", "Run", "the bridge from an MQTT broker"),
    "store": Command("store", "Run", "the topics in SQL: run, rebuild, migrate, status"),
    "simulate": Command("simulate", "Run", "a synthetic province: ordinary days, a storm, a jam, bad data"),
    "send": Command("send", "Use", "send one event or many, and see what becomes of it"),
    "watch": Command("watch", "Use", "alerts of the centres, live"),
    "classify": Command("classify", "Use", "what a report's text is taken for, and why"),
    "route": Command("route", "Use", "which unit gets an event, and by which way"),
    "silence": Command("silence", "Use", "hold alerts back for a time, maintain devices; list or end that"),
    "emergency": Command("emergency", "Use", "switch an area to its emergency mode, and back"),
    "doctor": Command("doctor", "Look after", "what is configured, reachable and wrong"),
    "why": Command("incident", "Use", "why an incident is as it is: every decision, told"),
    "incident": Command("incident", "Use", "one incident, shown or exported as a dossier"),
    "shift": Command("shift", "Use", "a centre's shift log: read it, write a note, hand over"),
    "export": Command("export", "Use", "what other systems take: GeoJSON, CSV, CAP, NGSI-LD, alarms, open data"),
    "report": Command("report", "Use", "how units and centres serve, by month"),
    "quality": Command("quality", "Look after", "how good the data of the last days was"),
    "coverage": Command(
        "coverage", "Look after", "where there is a mobile signal, by commune, operator and technology"
    ),
    "catalog": Command("catalog", "Look after", "check, compare or import the province's files"),
    "schema": Command("schema", "Look after", "schemas of the topics, AsyncAPI; what a version breaks"),
    "topics": Command("topics", "Look after", "list or create the topics"),
    "access": Command("access", "Look after", "who may do what on the Kafka cluster"),
    "backup": Command("backup", "Look after", "keep what Kafka does not give back in one file; put it back"),
    "dlq": Command("dlq", "Look after", "list, show or replay dead letters"),
    "privacy": Command("privacy", "Look after", "show or erase a reporter; keys of pseudonyms and of the vault"),
    "audit": Command("audit", "Look after", "who did what, and whether all of it is still there"),
    "users": Command("users", "Look after", "add, disable, reset or list local accounts"),
    "keys": Command("keys", "Look after", "make, list or revoke API keys of the gateway"),
}


VALUE_OF_BARE: Final[dict[tuple[str, str], str]] = {("up", "--simulate"): "500"}
"""Options that may stand without a value, by command, and the value that they then have."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns its exit code."""
    name, *rest = arguments or ("--help",)
    if name in {"-h", "--help", "help"}:
        print(_help())
        return EXIT_OK
    if name == "--version":
        print(metadata.version("ioc-stream"))
        return EXIT_OK
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else "see ioc --help"
        print(f"ioc: no command {name}; {hint}", file=sys.stderr)
        return EXIT_USAGE
    gc.disable()  # what loading makes stays: looking through it again and again finds nothing
    app: typer.Typer = import_module(f"connectors.cli.{COMMANDS[name].module}").APPS[name]
    gc.enable()
    gc.set_threshold(50_000, 20, 50)  # nor does it find anything in the province's data, which the command loads next
    try:
        app(_with_values(name, rest), prog_name=f"ioc {name}")
    except SystemExit as end:  # how typer ends, whatever happened
        return end.code if isinstance(end.code, int) else EXIT_OK
    except CommandError as error:
        print(f"ioc: {error}", file=sys.stderr)
        return error.exit_code
    return EXIT_OK


def _with_values(name: str, arguments: Sequence[str]) -> list[str]:
    """Give an option that may stand without a value the one that it then has."""
    full: list[str] = []
    for place, argument in enumerate(arguments):
        full.append(argument)
        value = VALUE_OF_BARE.get((name, argument))
        if value is not None and (place + 1 == len(arguments) or arguments[place + 1].startswith("-")):
            full.append(value)
    return full


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = ["Usage: ioc COMMAND [OPTIONS]…", "", "Event stream processor of a province's operations centres."]
    group = ""
    for name, command in COMMANDS.items():
        if command.group != group:
            group = command.group
            lines += ["", f"{group}:"]
        lines.append(f"  {name:<{width}}  {command.summary}")
    lines += [
        "",
        "ioc COMMAND --help says more. Settings come from IOC_… and ioc.toml; ioc doctor shows them.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
