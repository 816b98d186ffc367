"""What the documentation says is true: its examples run as they stand, and what it names exists."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer
from pydantic import BaseModel

import connectors.cli.config as cli_config
import connectors.cli.errors as cli_errors
import connectors.cli.gateway_client as cli_gateway
import connectors.cli.letters as cli_letters
import deploy.local.errors as local_errors
import streams.transport as engine
from connectors.cli.main import COMMANDS
from ioc.events import TYPES
from ioc.metrics import CATALOGUE
from ioc.settings import Settings
from ioc.topics import ALERT_PREFIX, RAW, catalogue
from ioc.vocabulary import SOURCES
from tests.system.product import Reader, bodies, province
from tests.system.running import Running

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "deploy" / "guides").glob("*.md"))
CONFIGURATION = ROOT / "deploy" / "guides" / "configuration.md"
INTERFACES = ROOT / "deploy" / "guides" / "interfaces.md"
MAPS = [
    ROOT / folder / "README.md"
    for folder in ("ioc", "ioc/intake", "ioc/ves", "ioc/detect/bts", "streams", "connectors")
]
DOCUMENTS = [README, *GUIDES, *MAPS]
EACH = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))

HISTOGRAM = ("bucket", "sum", "count")
GRAFANA = ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "ioc.yaml"
"""Reads variables of its own."""
COMPOSE = ROOT / "deploy" / "compose.yaml"
"""Has variables of its own, too."""
GENERATED = {"tests/bench/results.json"}

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    return [Block(language, dedent(text)) for _, language, text in _FENCE.findall(path.read_text())]


def code(path: Path) -> list[str]:
    """Everything that a document shows as code: lines of blocks, continued ones joined, and inline pieces."""
    text = path.read_text()
    lines = [line for block in blocks(path) for line in block.text.replace("\\\n", " ").splitlines()]
    return [*lines, *_INLINE.findall(_FENCE.sub("", text))]


def named(path: Path, pattern: str) -> set[str]:
    return {found for piece in code(path) for found in re.findall(pattern, piece)}


def settings_fields() -> Iterator[tuple[str, Any]]:
    """Variable and default of every setting."""
    for name, info in Settings.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            for inner, field in info.annotation.model_fields.items():
                yield f"IOC_{name}__{inner}".upper(), field.default
        else:
            yield f"IOC_{name}".upper(), info.default


def test_the_configuration_table_is_the_settings_tree() -> None:
    rows = re.findall(r"^\| `(IOC_\w+)` \| (.*?) \| (.+) \|$", CONFIGURATION.read_text(), re.MULTILINE)
    expected = {
        variable: "—" if default in {None, (), ""} else f"`{default}`" for variable, default in settings_fields()
    }
    assert {variable: default for variable, default, _ in rows} == expected
    assert len(rows) == len(expected)


def test_the_exit_codes_are_the_programs() -> None:
    table = CONFIGURATION.read_text().partition("## Exit codes")[2].partition("\n## ")[0]
    codes = {int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for number in row.split(",")}
    modules = (cli_errors, cli_gateway, local_errors, engine)
    known = {getattr(module, name) for module in modules for name in dir(module) if name.startswith("EXIT_")}
    assert codes == known | {128 + 15}


def test_the_table_of_raw_topics_is_the_catalogue() -> None:
    rows = re.findall(r"^\| `(ioc\.raw\.\w+)` \| (.+?) \| `(\S+)` \|", INTERFACES.read_text(), re.MULTILINE)
    assert {topic: type_ for topic, _, type_ in rows} == {RAW[source]: TYPES[source] for source in SOURCES}


def test_every_command_is_in_the_table() -> None:
    assert set(COMMANDS) == named(README, r"^ioc ([a-z]+)$")


@EACH
def test_commands_and_options_exist(path: Path) -> None:
    for piece in code(path):
        if piece.startswith("ioc "):
            words = [word for word in shlex.split(piece) if not word.startswith("<")]
            _check_command(words[1:], piece)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named(path, r"\bmake ([a-z]+)") <= targets


def _check_command(words: list[str], piece: str) -> None:
    name, *rest = words
    if name == "--help":
        return
    assert name in COMMANDS, piece
    module = import_module(f"connectors.cli.{COMMANDS[name].module}")
    command: Any = typer.main.get_command(module.APPS[name])
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):  # a group
        assert rest[0] in command.commands, piece
        command, rest = command.commands[rest[0]], rest[1:]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert used <= options | {"--help"}, piece


@EACH
def test_topics_metrics_and_variables_exist(path: Path) -> None:
    topics = {spec.name for spec in catalogue(province().centres)}
    headers = {cli_letters.REASON, cli_letters.POINTER, cli_letters.TRUNCATED, cli_letters.REPLAYED, cli_letters.ORIGIN}
    dotted = named(path, r"(?<![\w.:/-])ioc\.[a-z]+(?:[.-][a-z_-]+)*") - {
        "ioc.toml",
        "ioc.target",
        ALERT_PREFIX.rstrip("."),
    }
    assert {name for name in dotted - topics - headers if not _is_module(name)} == set()
    series = {f"{spec.name}_{part}" for spec in CATALOGUE if spec.kind == "histogram" for part in HISTOGRAM}
    assert named(path, r"(?<![\w/])ioc_[a-z_]+") <= {spec.name for spec in CATALOGUE} | series
    variables = named(path, r"\bIOC_[A-Z_]*[A-Z]\b")
    known = {variable for variable, _ in settings_fields()} | set(cli_config.SHORT_FORMS) | cli_config.NOT_SETTINGS
    known |= set(re.findall(r"\$(IOC_\w+)", GRAFANA.read_text()))
    known |= set(re.findall(r"\$\{(IOC_\w+)", COMPOSE.read_text()))
    assert {variable.removesuffix("_FILE") for variable in variables if variable not in known} <= _secrets()


def _secrets() -> set[str]:
    """Variables of secrets: each may be set by a file."""
    return {
        name
        for name, _ in settings_fields()
        if cli_config._secret_of(cli_config._key(f"{name}_FILE"), cli_config._fields())
    }


def _is_module(name: str) -> bool:
    module = name
    while "." in module:
        try:
            if find_spec(module):
                return module == name or hasattr(import_module(module), name[len(module) + 1 :])
        except ModuleNotFoundError:
            pass
        module = module.rpartition(".")[0]
    return False


@EACH
def test_files_and_links_exist(path: Path) -> None:
    text = path.read_text()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []
    folders = ("ioc", "streams", "connectors", "deploy", "tests")
    pieces = {piece.rstrip("/") for piece in _INLINE.findall(_FENCE.sub("", text)) if re.fullmatch(r"[\w./-]+", piece)}
    from_root = {piece for piece in pieces - GENERATED if piece.startswith(tuple(f"{folder}/" for folder in folders))}
    assert {piece for piece in from_root if not (ROOT / piece).exists()} == set()
    local = {piece for piece in pieces - from_root if piece.endswith(".py")}
    assert {piece for piece in local if not (path.parent / piece).exists()} == set()
    assert all((ROOT / piece).parent.is_dir() for piece in GENERATED)


@pytest.mark.timeout(400)
async def test_every_example_runs_as_it_stands(running: Running) -> None:
    """Shell and Python blocks in the order of the text; then what they sent has been taken in, and nothing refused."""
    before = _outcomes(running)
    for path in (README, *GUIDES):
        for block in blocks(path) if path.name != "kafka.md" else ():  # that one's clients have a test of their own
            if block.language == "sh":
                await asyncio.to_thread(_run_shell, block.text, running)
            elif block.language == "python":
                await asyncio.to_thread(_run_python, block.text, running)
    topic = f"{ALERT_PREFIX}ha-long"
    async with Reader(running.bootstrap, [topic]) as reader:
        titles = [alert["title"] for alert in bodies(await reader.until(2, topic))]
    assert "Cây đổ chắn ngang đường ở phường Bãi Cháy" in titles
    assert "Ngập sâu ở phường Hồng Gai, xe không đi được" in titles
    after = await _settled(running)
    assert {source: after[source]["rejected"] - before[source]["rejected"] for source in RAW} == dict.fromkeys(RAW, 0)


def _run_shell(text: str, running: Running) -> None:
    """Run a block; every curl in it is shown its status, and one that streams is ended after a while."""
    streams = "/v1/stream" in text
    environment = running.environment()
    if "$INCIDENT" in text:
        environment["INCIDENT"] = running.get("/v1/incidents?centre=ha-long&limit=1")["incidents"][0]["incident_id"]
    limit, over = (3, "|| [ $? = 28 ]") if streams else (30, "")
    wrapper = f"curl() {{ command curl --max-time {limit} -w '\\nHTTP %{{http_code}}\\n' \"$@\" {over}; }}\n"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", wrapper + text],
        cwd=running.folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    calls = re.split(r"^curl ", text, flags=re.MULTILINE)[1:]
    # Open311 answers a post with 200; everything else that is sent is accepted with 202.
    sent = [(" -d " in call or "--data" in call) and "/open311/" not in call for call in calls]
    expected = ["202" if each else "200" for each in sent]
    if "validate=true" in text:
        expected = ["200"] * len(calls)
    assert re.findall(r"^HTTP (\d+)$", done.stdout, re.MULTILINE) == expected, f"{text}\n{done.stdout}"
    assert not streams or '"alert_id"' in done.stdout, done.stdout
    assert '"rejected"' not in done.stdout, done.stdout


def _run_python(text: str, running: Running) -> None:
    """Run a block; one that reads for ever is ended when it has printed a line."""
    reads = "async for record" in text
    with subprocess.Popen(
        [sys.executable, "-c", text],
        cwd=running.folder, env=running.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if reads:
            line = process.stdout.readline()
            process.terminate()
            process.communicate(timeout=30)
            assert line.strip(), text
            return
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, f"{text}\n{err}"
        assert out.strip(), text


async def _settled(running: Running) -> dict[str, Counter[str]]:
    """Outcomes per source once everything in the raw topics has been taken in."""
    async with Reader(running.bootstrap, list(RAW.values())) as reader:
        sent = {source: len((await reader.all())[topic]) for source, topic in RAW.items()}
    assert all(sent.values()), sent
    outcomes: dict[str, Counter[str]] = {}
    for _ in range(300):
        outcomes = await asyncio.to_thread(_outcomes, running)
        if {source: counts.total() for source, counts in outcomes.items()} == sent:
            return outcomes
        await asyncio.sleep(0.1)
    raise AssertionError(f"of {sent} only this was taken in: {outcomes}")


def _outcomes(running: Running) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {source: Counter() for source in RAW}
    for line in running.metrics(running.worker_url).splitlines():
        if match := re.fullmatch(r'ioc_events_total\{outcome="(\w+)",source="(\w+)"\} (\S+)', line):
            found[match[2]][match[1]] += int(float(match[3]))
    return found


def test_the_routes_exist(running: Running) -> None:
    known = {_template(path) for path in running.get("/openapi.json")["paths"]} | {"/openapi.json"}
    for path in (README, *GUIDES):
        routes = named(path, r"(?:GET|POST) (/[\w/{}.-]+)") | named(path, r"\$IOC_URL(/[\w/.$-]+)")
        assert {_template(route) for route in routes} <= known, path


def _template(route: str) -> str:
    return re.sub(r"\{\w+\}|\$\w+", "{}", route)
