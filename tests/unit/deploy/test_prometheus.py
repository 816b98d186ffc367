"""Prometheus beside the processes: where it is looked for, and what it is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.local.ports import LOOPBACK
from deploy.local.prometheus import configuration, find_program, prepare, rule_files
from ioc.settings import PrometheusSettings
from tests.prometheus import find
from tests.system.running import lacking

PROCESSES = {"ioc-worker": [(LOOPBACK, 9101), (LOOPBACK, 9102)], "ioc-gateway": [(LOOPBACK, 8080)]}


def _program(folder: Path) -> Path:
    path = folder / "prometheus"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_it_is_the_one_on_the_path_or_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program(PrometheusSettings()) is None
    program = _program(tmp_path)
    assert find_program(PrometheusSettings()) == program
    monkeypatch.setenv("PATH", os.devnull)
    assert find_program(PrometheusSettings()) is None
    assert find_program(PrometheusSettings(program=program)) == program
    assert find_program(PrometheusSettings(enabled=False, program=program)) is None


def test_every_process_is_asked_under_the_job_of_its_kind() -> None:
    read = yaml.safe_load(configuration(PROCESSES, scrape_s=0.5))
    assert read["global"] == {
        "scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms",
    }  # fmt: skip
    assert {one["job_name"]: one["static_configs"][0]["targets"] for one in read["scrape_configs"]} == {
        "ioc-worker": ["127.0.0.1:9101", "127.0.0.1:9102"],
        "ioc-gateway": ["127.0.0.1:8080"],
    }
    assert "rule_files" not in read


def test_promtool_takes_the_configuration_with_the_products_own_rules(tmp_path: Path) -> None:
    promtool = find("promtool")
    if promtool is None:
        lacking("promtool is not on the path: it comes with the system's package prometheus")
    spec = prepare(
        tmp_path / "prometheus", tmp_path / "data of it", PrometheusSettings(keep_days=7),
        port=9090, processes=PROCESSES, environment={},
    )  # fmt: skip
    file = tmp_path / "data of it" / "prometheus.yml"
    done = subprocess.run([promtool, "check", "config", file], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert read["scrape_configs"][-1]["static_configs"] == [{"targets": ["127.0.0.1:9090"]}]
    assert read.get("rule_files", []) == [str(path) for path in rule_files()]
    assert f"--config.file={file}" in spec.command
    assert "--storage.tsdb.retention.time=7d" in spec.command
    assert "--web.listen-address=127.0.0.1:9090" in spec.command
    assert spec.ready == (LOOPBACK, 9090, "/-/ready")
