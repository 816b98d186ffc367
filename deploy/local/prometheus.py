"""Prometheus beside the processes: whether it is there, and how it is started and told whom to ask."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.local.children import ChildSpec
from deploy.local.ports import LOOPBACK
from ioc.settings import PrometheusSettings

_PACKAGE: Final = "prometheus"
_RULES: Final = "rules"
"""Folder below ``deploy/prometheus`` with the rules that are evaluated, where there are any."""


def find_program(settings: PrometheusSettings) -> Path | None:
    """The program as an absolute path; none where it is not installed or not wanted."""
    if not settings.enabled:
        return None
    found = shutil.which(str(settings.program or _PACKAGE))
    return Path(found).absolute() if found else None


def rule_files() -> list[Path]:
    """The product's own recording and alerting rules."""
    folder = Path(str(files("deploy"))) / _PACKAGE / _RULES
    return sorted(folder.glob("*.y*ml"))


def configuration(
    processes: Mapping[str, Sequence[tuple[str, int]]], *, scrape_s: float, rules: Sequence[Path] = ()
) -> str:
    """What Prometheus reads at its start (YAML).

    Args:
        processes: Host and port of every process with a ``/metrics``, by what it is: the job of its series.
        scrape_s: How often each is asked, seconds.
        rules: Files of rules.

    """
    interval = f"{round(scrape_s * 1000)}ms"
    tree: dict[str, Any] = {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"{host}:{port}" for host, port in addresses]}]}
            for job, addresses in processes.items()
        ],
    }
    if rules:
        tree["rule_files"] = [str(path) for path in rules]
    return yaml.safe_dump(tree, sort_keys=False)


def prepare(
    program: Path,
    folder: Path,
    settings: PrometheusSettings,
    *,
    port: int,
    processes: Mapping[str, Sequence[tuple[str, int]]],
    environment: Mapping[str, str],
) -> ChildSpec:
    """Write the configuration and say how the process is started; its samples are in the same folder.

    Args:
        program: Absolute path.
        folder: Of its configuration and samples; made if it is not there.
        settings: How often it asks and how long it keeps.
        port: That it listens on, of the loopback address.
        processes: As in :func:`configuration`; Prometheus itself is added.
        environment: Of the process.

    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "prometheus.yml"
    asked = {**processes, _PACKAGE: [(LOOPBACK, port)]}
    file.write_text(configuration(asked, scrape_s=settings.scrape_s, rules=rule_files()), encoding="utf-8")
    command = [
        str(program),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--storage.tsdb.retention.time={settings.keep_days}d",
        f"--web.listen-address={LOOPBACK}:{port}",
    ]
    return ChildSpec(_PACKAGE, command, environment, (LOOPBACK, port, "/-/ready"))
