"""The product under test: its topics, its worker as a process, and events of its own synthetic province."""

import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.cli.province import load_province, province_files
from connectors.simulator.generator import STEADY, Generator
from connectors.simulator.province import build_province
from deploy.local.topics import create_topics
from ioc.detect import load_rules
from ioc.settings import Settings
from ioc.topics import catalogue
from ioc.vocabulary import SOURCES, Source
from tests.bench.cluster import PARTITIONS
from tests.bench.runner import Process

GROUP = "ioc-bench"


async def create_product_topics(bootstrap: str) -> list[str]:
    """All topics of the shipped province; returns the alert topics."""
    specs = catalogue(load_province(Settings()).centres)
    await create_topics(bootstrap, specs, partitions=PARTITIONS)
    return [spec.name for spec in specs if spec.name.startswith("ioc.alerts.")]


def start_worker(bootstrap: str, folder: Path, agents: Sequence[str] = ()) -> Process:
    """``ioc worker`` with its defaults, but for :func:`every_alert`; only these agents when some are named."""
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {
        "IOC_KAFKA_BOOTSTRAP": bootstrap,
        "IOC_HOME": str(home),
        "IOC_PROVINCE__FOLDER": str(every_alert(folder / "province")),
        "IOC_WORKER__GROUP": GROUP,
        "IOC_WORKER__METRICS_PORT": "0",
    }
    command = [str(Path(sys.executable).with_name("ioc")), "worker"]
    if agents:
        command += ["--agents", ",".join(agents)]
    return Process(command, environment, folder / "worker.log", says=False)


def every_alert(folder: Path) -> Path:
    """The province where nothing is gathered: an ordinary day at such rates would be one surge after another."""
    folder.mkdir(parents=True)
    for name, content in province_files(Settings()).items():
        (folder / name).write_bytes(content)
    rules = (folder / "correlation.toml").read_text(encoding="utf-8")
    for limit in ("calm = 30 ", "calm = 3 ", "storm = 0 "):
        assert limit in rules
        rules = rules.replace(limit, f"{limit.split()[0]} = 1_000_000_000 ")
    (folder / "correlation.toml").write_text(rules, encoding="utf-8")
    return folder


def generator(rate: float, start: datetime, seed: int, sources: Collection[Source] = SOURCES) -> Generator:
    """Events of an ordinary day at a rate, the first of them at ``start``."""
    settings = Settings()
    province = load_province(settings)
    rules = load_rules(province_files(settings)["thresholds.toml"], ZoneInfo(province.timezone))
    places = build_province(list(province.communes.values()), rules, seed)
    return Generator(places, rules, STEADY, seed=seed, start=start, rate=rate, sources=sources)
