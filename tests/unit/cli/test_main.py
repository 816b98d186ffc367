from __future__ import annotations

import subprocess
import sys

import pytest

from connectors.cli import main
from connectors.cli.main import COMMANDS


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([]) == 0
    shown = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f"  {name}" in shown
        assert command.summary in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_list_exists(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([name, "--help"]) == 0
    assert f"Usage: ioc {name}" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    """What is not loaded takes no time; seconds would depend on the machine."""
    code = (
        "import sys; from connectors.cli import main; main.run(['--help']);"
        "heavy = {'typer', 'rich', 'pydantic', 'aiokafka', 'httpx', 'faust', 'numpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["wacht"]) == 2
    assert "did you mean watch?" in capsys.readouterr().err


def test_a_wrong_setting_ends_every_command_with_the_code_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IOC_KAFKA__PORT", "none")
    assert main.run(["doctor"]) == 78
    assert capsys.readouterr().err.startswith("ioc: IOC_KAFKA__PORT is wrong")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--simulate"], ["--simulate", "500"]),
        (["--simulate", "20"], ["--simulate", "20"]),
        (["--simulate", "--other"], ["--simulate", "500", "--other"]),
    ],
)
def test_simulate_may_stand_without_a_rate(given: list[str], meant: list[str]) -> None:
    assert main._with_values("up", given) == meant
