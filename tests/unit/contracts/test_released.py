"""Nothing that other programs follow breaks unseen: the contracts' files, the last release, the program's check."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.main import run
from connectors.cli.schema import ASYNCAPI_FILE, pretty
from ioc.contracts.asyncapi import Cluster, document
from ioc.contracts.compare import breaches
from ioc.contracts.released import released
from ioc.contracts.schema import all_schemas
from tests.system.product import province

ROOT = Path(__file__).parents[3]
FOLDER = "deploy/schemas"
AGAIN = f"run `ioc schema export {FOLDER}` and look at what changed"


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def version() -> str:
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def test_the_files_are_what_the_models_say() -> None:
    files = {path.stem: path.read_bytes() for path in (ROOT / FOLDER).glob("*.json") if path.name != ASYNCAPI_FILE}
    assert files == {name: pretty(schema) for name, schema in all_schemas().items()}, AGAIN
    contract = document(version(), list(province().centres), Cluster())
    assert json.loads((ROOT / FOLDER / ASYNCAPI_FILE).read_bytes()) == contract, AGAIN


def _git(*arguments: str) -> str | None:
    """What git says; none where it says nothing, or there is no git."""
    if shutil.which("git") is None:
        return None
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else None


def _of_last_tag() -> tuple[str, dict[str, Any]] | None:
    """Schemas as of the last tag; none where there is no tag, or it has none."""
    tag = (_git("describe", "--tags", "--abbrev=0", "HEAD") or "").strip()
    names = (_git("ls-tree", "--name-only", tag, f"{FOLDER}/") or "").split() if tag else []
    paths = [name for name in names if name.endswith(".json") and not name.endswith(ASYNCAPI_FILE)]
    schemas = {Path(path).stem: json.loads(_git("show", f"{tag}:{path}") or "") for path in paths}
    return (tag, schemas) if schemas else None


def test_nothing_breaks_what_follows_the_last_release() -> None:
    name, before = _of_last_tag() or released()
    assert [str(breach) for breach in breaches(before, all_schemas())] == [], f"since {name}"


def test_nothing_breaks_what_follows_the_released_schemas() -> None:
    assert [str(breach) for breach in breaches(released()[1], all_schemas())] == []


def test_this_version_has_its_schemas_once_it_is_released() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    if any(version() in heading for heading in headings):
        assert released()[0] == version(), f"run `ioc schema export ioc/contracts/data/{version()}.json`"


def test_the_program_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "export", "out"]) == 0
    written = {path.stem for path in (tmp_path / "out").glob("*.json")}
    assert written == {*all_schemas(), "asyncapi"}
    assert run(["schema", "export", "all.json"]) == 0
    assert json.loads((tmp_path / "all.json").read_bytes()) == all_schemas()
    (tmp_path / "file").touch()
    assert run(["schema", "export", "file/below"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_program_finds_what_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "check"]) == 0
    assert run(["schema", "export", "before"]) == 0
    assert run(["schema", "check", "before"]) == 0
    capsys.readouterr()
    before = tmp_path / "before"
    alert = deepcopy(all_schemas()["alert"])
    alert["properties"]["gone"] = {"type": "string"}
    sensor = deepcopy(all_schemas()["sensor"])
    sensor["required"].remove("unit")
    (before / "alert.json").write_bytes(pretty(alert))
    (before / "sensor.json").write_bytes(pretty(sensor))
    assert run(["schema", "check", "before"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == ["alert/gone: is gone", "sensor/unit: is now required"]
    assert said.err == "2 breaking changes since before\n"


def test_a_new_optional_field_passes(tmp_path: Path) -> None:
    assert run(["schema", "export", "before"]) == 0
    for name, field in (("alert", "similar"), ("report", "channel"), ("incident", "flaps")):
        schema = deepcopy(all_schemas()[name])
        del schema["properties"][field]  # the version before did not have it yet
        (tmp_path / "before" / f"{name}.json").write_bytes(pretty(schema))
    assert run(["schema", "check", "before"]) == 0


@pytest.mark.parametrize("content", [None, "{"])
def test_a_folder_without_schemas_is_refused(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    if content is not None:
        (tmp_path / "none" / "alert.json").write_text(content)
    assert run(["schema", "check", "none"]) == 2
    assert "none" in capsys.readouterr().err
