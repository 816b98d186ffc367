"""The administrator's guide is right: its commands exist, its files are there, its figures were measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer.main

from connectors.cli.main import COMMANDS
from deploy.secrets.installation import ROTATABLE, USERS

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "deploy" / "guides" / "administrator.md").read_text()
RESULTS = json.loads((ROOT / "tests" / "bench" / "results.json").read_text())


def test_commands_and_their_parts_exist() -> None:
    named = set(re.findall(r"(?<![\w./-])ioc ([a-z]+)(?: ([a-z]+)\b)?", TEXT))
    assert len(named) > 12
    for name, part in named:
        assert name in COMMANDS, name
        module = __import__(f"connectors.cli.{COMMANDS[name].module}", fromlist=["APPS"])
        command = typer.main.get_command(module.APPS[name])
        assert not part or part in getattr(command, "commands", {part: None}), (name, part)


def test_files_and_targets_are_there() -> None:
    for path in set(re.findall(r"(?<![\w/.])(?:deploy|tests|ioc)/[\w./-]+[\w]", TEXT)):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)\b", TEXT, re.MULTILINE)):
        assert f"\n{target}:" in makefile, target


def test_what_can_be_rotated_is_what_the_command_takes() -> None:
    for name in re.findall(r"--rotate ([a-z-]+)", TEXT):
        assert name in {*ROTATABLE, *USERS}


@pytest.mark.parametrize("source", ["sensors", "sensors, CloudEvents", "gate", "bts", "cameras", "security", "reports"])
def test_figures_per_core_are_the_measured_ones(source: str) -> None:
    (row,) = re.findall(rf"^\| {source}(?: \([^)]*\))? \| ([\d.]+) µs \| ([\d,]+) \|$", TEXT, re.MULTILINE)
    measured = RESULTS["intake"]
    assert float(row[0]) == pytest.approx(measured["cpu_us_per_event"][source], abs=0.06)
    assert float(row[1].replace(",", "")) == pytest.approx(measured["events_per_s"][source], rel=0.02)


def test_figures_of_the_whole_path_are_the_measured_ones() -> None:
    slow, fast = RESULTS["latency"]["rates"]
    assert (slow["events_per_s"], fast["events_per_s"]) == (500, 10000)
    for number in (
        f"{fast['cores']['worker']:.2f} cores of worker and {fast['cores']['broker']:.2f} of broker",
        f"{fast['worker_rss_mb']:.0f} MB for the worker",
        f"after {fast['accepted_to_readable_ms']['p99']:.0f} ms",
        f"{slow['cores']['worker']:.2f} and {slow['cores']['broker']:.2f} cores",
        f"do {RESULTS['scale']['two_over_one']['capped']} times",
    ):
        assert number in " ".join(TEXT.split()), number


def test_disks_follow_from_rate_and_size() -> None:
    per_event = 320
    assert round(per_event * 1000 * 2 * 86400 / 1e9) == 55
    assert "**55 GB per 1,000 events/s**" in TEXT
    assert "| 28 GB |" in TEXT  # 500 events/s
    assert "| 276 GB |" in TEXT  # 10,000 events/s for one day
