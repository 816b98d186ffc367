"""Every query of every dashboard, put to the real Prometheus that ``ioc up`` starts, while everything happens."""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from deploy.grafana.__main__ import JSON, public
from deploy.grafana.board import EVERY
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.prometheus import rule_files
from tests.mosquitto import find_mosquitto
from tests.mosquitto import running as mosquitto_running
from tests.prometheus import Prometheus, find
from tests.system.everything import MAPPING, Stage, make_province
from tests.system.receiver import Receiver
from tests.system.running import lacking, up
from tests.unit.deploy.test_grafana_guide import examples

pytestmark = pytest.mark.timeout(400)  # a start takes six seconds on an idle machine and thirty on a busy one

LIMIT_S = 90.0
"""Half a minute from the first wave is enough; most of it passes until quality is judged, the month counted."""
SUBSCRIPTION = """subscriptions:
  - name: desk
    sink: alertmanager
    secret: desk
    to: http://127.0.0.1:{port}/hook
"""
UNREGISTERED = "station-"
"""Stations of files that the register does not know have no place."""

STILL = {
    ("ioc-pipeline", "Tác tử bị dừng"): "an agent stops after a bug of ours alone",
    ("ioc-pipeline", "MQTT đang chờ"): "messages wait for some milliseconds, less than between two questions",
    ("ioc-pipeline", "Chỗ hổng"): "a gap needs records that Kafka deleted before the store read them",
    ("ioc-pipeline", "Cảnh báo không đọc được để gửi"): "the same for what is to be sent",
    ("ioc-pipeline", "Kafka hoặc cơ sở dữ liệu không trả lời"): "Kafka and the database answer all the time",
}
"""Panels whose figure stays 0 while all is well; they have to answer all the same."""
EMPTY = {
    ("ioc-pipeline", "Tác tử bị dừng theo thời gian"): "the series is born with the first stopped agent",
    ("ioc-pipeline", "Dòng cũ đã xóa mỗi giờ"): "what is deleted is at least a day old",
}
"""Panels that have no series before what they show has happened; Prometheus has to take the question all the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a panel.

    Attributes:
        board: Of which dashboard.
        panel: Its title.
        expr: With its variables put in.
        instant: Whether it asks for now alone.

    """

    board: str
    panel: str
    expr: str
    instant: bool

    def answers(self, prometheus: Prometheus, since: float, now: float) -> bool:
        """Whether there is a figure, and one that is not 0 where there has to be one."""
        found = prometheus.values(self.expr, since=None if self.instant else since, now=now)
        figures = [figure for series in found for figure in series if not math.isnan(figure)]
        name = self.board, self.panel
        return name in EMPTY or bool(figures if name in STILL else any(figures))


def queries() -> list[Asked]:
    """All of the committed dashboards."""
    return [
        Asked(board["uid"], panel["title"], put_in(target["expr"]), bool(target.get("instant")))
        for board in (json.loads(path.read_text(encoding="utf-8")) for path in sorted(JSON.glob("*.json")))
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]


def put_in(expr: str) -> str:
    """What Grafana makes of a query with all values of every variable chosen."""
    expr = expr.replace("$__rate_interval", "10s").replace("$__range", "1h")
    return re.sub(r"\$[a-z]+", EVERY, expr)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[None]:
    """Let a receiver of web hooks listen for the length of a block."""
    try:
        yield
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Prometheus]]:
    """The whole product with all that it may have: bridge, stations' files, vault, store, Prometheus."""
    program, mosquitto = find("prometheus"), find_mosquitto()
    if program is None or mosquitto is None:
        lacking("prometheus or mosquitto is not on the path: they come with the system's packages of these names")
    folder = tmp_path_factory.mktemp("dashboards")
    drop, mapping, port = folder / "drop", folder / "mqtt.toml", free_port()
    drop.mkdir()
    mapping.write_text(MAPPING)
    receiver = Receiver(answers=[503] * 3)  # what waits for a second try is shown as waiting
    subscriptions, secret = folder / "notify.yaml", folder / "secrets" / "desk"
    subscriptions.write_text(SUBSCRIPTION.format(port=receiver.port))
    secret.parent.mkdir()
    secret.write_text("a secret for tests only")
    with receiving(receiver), mosquitto_running(mosquitto, folder / "mosquitto") as broker:
        settings = {
            "IOC_NOTIFY__FILE": str(subscriptions),
            "IOC_NOTIFY__SECRETS": str(secret.parent),
            "IOC_NOTIFY__INSIDE": LOOPBACK,
            "IOC_NOTIFY__METRICS_PORT": str(free_port()),
            "IOC_PROVINCE__FOLDER": str(make_province(folder / "province")),
            "IOC_PROMETHEUS__ENABLED": "true",
            "IOC_PROMETHEUS__PROGRAM": str(program),
            "IOC_PROMETHEUS__PORT": str(port),
            "IOC_PROMETHEUS__SCRAPE_S": "1",
            "IOC_STATIONS__FOLDER": str(drop),
            "IOC_STATIONS__METRICS_PORT": str(free_port()),
            "IOC_STATIONS__SETTLE_S": "0.2",
            "IOC_MQTT__MAPPING": str(mapping),
            "IOC_MQTT__PORT": str(broker.port),
            "IOC_MQTT__METRICS_PORT": str(free_port()),
            "IOC_INTAKE__CHECKPOINT_S": "0.1",
            "IOC_INTAKE__TOLD_S": "1",
            "IOC_SERVICE__EVERY_S": "10",
            "IOC_PRIVACY__VAULT_KEY": b64encode(b"a master key for tests only, long").decode(),
        }
        with up(folder, **settings) as running:
            headers = {"authorization": f"Bearer {running.key}"}
            with httpx.Client(base_url=running.url, headers=headers, timeout=30) as client:
                yield Stage(running, broker, drop, client), Prometheus(f"http://{LOOPBACK}:{port}")


@pytest.fixture(scope="module")
def happened(stage: tuple[Stage, Prometheus]) -> Iterator[tuple[Prometheus, float]]:
    """Prometheus after everything happened twice, the first time seen by it; and since when."""
    where, prometheus = stage
    since = time.time()

    async def twice() -> None:
        await where.wave(0)
        await asyncio.to_thread(prometheus.wait_for_scrape)
        await where.wave(1)

    with where.breathing():
        asyncio.run(twice())
        yield prometheus, since


def test_ioc_up_starts_prometheus_and_tells_it_of_every_process(stage: tuple[Stage, Prometheus]) -> None:
    where, prometheus = stage
    told, shown = re.compile(rf"^Prometheus +{re.escape(prometheus.url)}\s*$", re.MULTILINE), ""
    deadline = time.monotonic() + LIMIT_S
    while not told.search(shown):  # its last screen comes a moment after everything is ready
        assert time.monotonic() < deadline, shown
        shown = (where.running.folder / "up.log").read_text()
        time.sleep(0.1)
    prometheus.wait_for_scrape()
    asked = {target["labels"]["job"]: target["health"] for target in prometheus.targets()}
    processes = ("worker", "gateway", "stations", "notify", "mqtt", "store")
    assert asked == {**{f"ioc-{name}": "up" for name in processes}, "prometheus": "up"}
    assert (where.running.folder / ".ioc" / "prometheus" / "data").is_dir()


def test_every_query_answers_and_has_moved(happened: tuple[Prometheus, float]) -> None:
    prometheus, since = happened
    asked = queries()
    names = {(each.board, each.panel) for each in asked}
    assert len(names) > 90
    assert names >= STILL.keys() | EMPTY.keys()
    deadline = time.monotonic() + LIMIT_S
    while asked and time.monotonic() < deadline:
        now = time.time()
        asked = [each for each in asked if not each.answers(prometheus, since, now)]
        time.sleep(0.5 if asked else 0)
    assert [f"{each.board}, {each.panel}: {each.expr}" for each in asked] == []


def test_the_products_own_rules_are_evaluated(happened: tuple[Prometheus, float]) -> None:
    prometheus, _ = happened

    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(rules) > len(rule_files()) > 0
    # Those that are evaluated once a minute may not have been yet.
    assert "ok" in {rule["health"] for rule in rules}
    assert [rule for rule in rules if rule["health"] == "err"] == []


def test_what_variables_offer_is_there(happened: tuple[Prometheus, float]) -> None:
    prometheus, since = happened
    found = {
        variable["query"]["query"]
        for path in JSON.glob("*.json")
        for variable in json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]
        if variable["type"] == "query"
    }
    for query in sorted(found):
        metric, label = re.findall(r"\w+", query.removeprefix("label_values"))
        assert prometheus.get(f"label/{label}/values", **{"match[]": metric, "start": since}), query


def test_examples_of_the_guide_are_questions_that_prometheus_takes(happened: tuple[Prometheus, float]) -> None:
    prometheus, _ = happened
    for expr in examples():
        prometheus.values(expr, now=time.time())


def test_the_maps_know_every_place_that_their_queries_name(
    stage: tuple[Stage, Prometheus], happened: tuple[Prometheus, float]
) -> None:
    prometheus, _ = happened
    folder = stage[0].running.folder / "province"
    known = {
        place["key"] for name, text in public(folder) if name.startswith("gazetteer/") for place in json.loads(text)
    }
    maps = [
        (panel["targets"][0]["expr"], panel["options"]["layers"][-1]["location"]["lookup"])
        for path in JSON.glob("*.json")
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        if panel["type"] == "geomap"
    ]
    assert len(maps) >= 4
    for expr, label in maps:
        named = {one["metric"][label] for one in prometheus.get("query", query=put_in(expr))["result"]}
        registered = {name for name in named if not name.startswith(UNREGISTERED)}
        assert registered, expr
        assert registered <= known, expr
