"""The whole product over TLS and SCRAM, each part with its own rights and no more; others are refused.

One broker for the module, with the product's parts as they run in production.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from connectors.kafka import discard
from connectors.mqtt.outlet import Outlet
from deploy.local.kafka import BrokerError
from deploy.local.ports import LOOPBACK, free_port
from deploy.secrets.authority import Authority
from ioc.access import ROLES, grants
from ioc.topics import ATTEMPTS, AUDIT, COMMANDS, DLQ, INCIDENTS, RAW, RECEIPTS, alert_topic, changelog_topic
from tests.kafka_clients import console_tools, kcat_in
from tests.node import node_modules
from tests.system.product import asked, province
from tests.system.running import lacking
from tests.system.secured import Process, Secured, run_ioc

pytestmark = pytest.mark.timeout(300)
CENTRE = "ha-long"
ALERTS = alert_topic(CENTRE)


class Product:
    """Worker, gateway and store of a secured installation, and two that end; started at once, as starts take longest.

    Attributes:
        watcher: Sends what lies in a folder of stations' files, and ends.
        refused: A worker with a wrong password.

    """

    def __init__(self, kafka: Secured) -> None:
        self.kafka = kafka
        worker, gateway, store = free_port(), free_port(), free_port()
        home = kafka.folder / "home"
        common = {"IOC_STORE__MIGRATE": "true", "IOC_GATEWAY__PORT": str(gateway)}
        ports = {"IOC_WORKER__METRICS_PORT": str(worker), "IOC_STORE__METRICS_PORT": str(store)}
        kafka_as = {role: kafka.environment(f"ioc-{role}", home) | common | ports for role in ("worker", "gateway")}
        self.token = kafka.ioc("ioc-gateway", "keys", "new", "app", "--scope", "reports:write", "--json")
        # The key's file is the gateway's; both have the same home here.
        self.key = json.loads(self.token.splitlines()[-1])["token"]
        kafka_as["gateway"]["IOC_GATEWAY__KEYS_FILE"] = str(kafka.home("ioc-gateway") / "keys.json")
        self.worker = Process(kafka_as["worker"], "worker", port=worker)
        self.gateway = Process(kafka_as["gateway"], "gateway", port=gateway)
        self.store = Process(kafka.environment("ioc-store", home) | common | ports, "store", "run", port=store)
        self.parts = (self.gateway, self.store, self.worker)
        self.watcher = Process(self._with_files(kafka.environment("ioc-stations", home)), "stations", "--once", port=0)
        wrong = kafka.folder / "wrong"
        wrong.write_text("not the password\n")
        environment = kafka.environment("ioc-worker", kafka.folder / "refused") | {
            "IOC_KAFKA__SASL_PASSWORD_FILE": str(wrong), "IOC_WORKER__METRICS_PORT": str(free_port()),
        }  # fmt: skip
        self.refused = Process(environment, "worker", port=0)
        for part in self.parts:
            part.ready()

    def _with_files(self, environment: dict[str, str]) -> dict[str, str]:
        """Settings of the watcher, with one file of one station for it."""
        folder = self.kafka.folder / "files"
        local = datetime.now(UTC) + timedelta(hours=7)
        folder.mkdir()
        (folder / f"AQI-1_{local:%Y%m%d%H%M%S}.txt").write_text(f"PM2,5\t48,5\tµg/Nm3\t{local:%Y%m%d%H%M%S}\t00\r\n")
        return environment | {
            "IOC_STATIONS__FOLDER": str(folder), "IOC_STATIONS__SETTLE_S": "0.1", "IOC_STATIONS__POLL_S": "0.1",
            "IOC_STATIONS__METRICS_PORT": str(free_port()),
        }  # fmt: skip

    def post(self, text: str) -> None:
        """Send a report over HTTP."""
        answer = httpx.post(
            f"http://{LOOPBACK}:{self.gateway.port}/v1/reports",
            json={"id": str(uuid.uuid4()), "occurred_at": datetime.now(UTC).isoformat(), "text": text},
            headers={"authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    secured = Secured(tmp_path_factory.mktemp("secured"))
    try:
        secured.broker.start()
    except BrokerError as error:
        lacking(f"no broker to be had here: {error}")
    try:
        secured.ioc(None, "access", "apply", "--passwords", str(secured.passwords))
        secured.ioc("ioc-administrator", "topics", "create")
        for role in (f"reader:{CENTRE}", "publisher:reports", "publisher:sensors"):
            file = secured.passwords / f"{role.replace(':', '-')}.password"
            secured.ioc("ioc-administrator", "access", "grant", role, "--password-file", str(file))
        yield secured
    finally:
        secured.broker.stop()


@pytest.fixture(scope="module")
def product(kafka: Secured) -> Iterator[Product]:
    running = Product(kafka)
    yield running
    running.refused.stop()
    assert {part.stop() for part in running.parts} == {0}


async def read_one(client: dict[str, Any], topic: str, group: str | None, **wanted: str) -> dict[str, Any]:
    """The first record with these values, read as a client of somebody else's reads."""
    consumer = AIOKafkaConsumer(
        topic, **client, group_id=group, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    try:
        await consumer.start()
        async with asyncio.timeout(30):
            async for record in consumer:
                value: dict[str, Any] = json.loads(record.value)
                if all(value.get(name) == found for name, found in wanted.items()):
                    return value
    finally:
        await discard(consumer)
    raise AssertionError


async def write(client: dict[str, Any], topic: str, value: bytes = b"{}", **options: Any) -> None:
    """Write one record; idempotently, as the guides tell publishers to."""
    producer = AIOKafkaProducer(**client, acks="all", enable_idempotence=True, request_timeout_ms=10_000, **options)
    try:
        await producer.start()
        await producer.send_and_wait(topic, value, key=b"k")
    finally:
        await discard(producer)


async def read(client: dict[str, Any], topic: str) -> None:
    """Ask for records of a topic for a second, without a group."""
    consumer = AIOKafkaConsumer(**client, group_id=None, auto_offset_reset="earliest")
    try:
        await consumer.start()
        await consumer._client.add_topic(topic)
        if topic in consumer._client.cluster.unauthorized_topics:  # it may not even be known that there is one
            raise TopicAuthorizationFailedError(topic)
        consumer.assign([TopicPartition(topic, 0)])
        for _ in range(2):
            await consumer.getmany(timeout_ms=500)
    finally:
        await discard(consumer)


def test_a_worker_with_a_wrong_password_says_so(product: Product) -> None:
    worker = product.refused
    try:
        deadline = time.monotonic() + 60
        while "uthentication" not in worker.log.read_text() and worker.process.poll() is None:
            assert time.monotonic() < deadline, worker.log.read_text()
            time.sleep(0.1)
    finally:
        worker.stop()


async def test_a_report_becomes_an_alert_for_the_reader_of_its_centre_and_a_row_of_the_store(product: Product) -> None:
    product.post("Cây đổ chắn ngang đường ở phường Bãi Cháy")
    reader = product.kafka.client(f"reader-{CENTRE}")
    alert = await read_one(reader, ALERTS, f"alerts-{CENTRE}", reason="opened")
    assert alert["category"] == "urban_infrastructure"
    deadline = time.monotonic() + 30
    counted = 0.0
    while counted < 1:
        assert time.monotonic() < deadline, product.store.log.read_text()[-2000:]
        text = asked(product.store.port, "/metrics")[1]
        rows = [each for each in text.splitlines() if each.startswith("ioc_store_records_total{") and ALERTS in each]
        counted = sum(float(each.rsplit(" ", 1)[1]) for each in rows)
        await asyncio.sleep(0.1)
    for part in product.parts:
        assert "uthorization" not in part.log.read_text(), part.log


async def test_a_publisher_writes_straight_to_its_topic_and_is_understood(product: Product) -> None:
    client = product.kafka.client("publisher-reports")
    body = {"id": "straight-1", "occurred_at": datetime.now(UTC).isoformat(), "text": "Ngập sâu ở phường Hồng Gai"}
    await write(client, RAW["reports"], json.dumps(body).encode())
    reader = product.kafka.client(f"reader-{CENTRE}")
    alert = await read_one(reader, ALERTS, f"alerts-{CENTRE}.wall", category="disaster")
    assert alert["reason"] == "opened"


async def test_the_watcher_of_stations_and_the_bridge_have_what_they_need(product: Product) -> None:
    kafka, watcher = product.kafka, product.watcher
    assert watcher.process.wait(60) == 0, watcher.log.read_text()

    outlet = Outlet(kafka.client("ioc-mqtt"), {RAW["cameras"], DLQ, RECEIPTS}, lambda _: None)
    await outlet.probe()
    assert outlet.trouble == []
    async with asyncio.timeout(20):
        await outlet.write([(RAW["cameras"], b"cam-1", b"{}", [])])
    await outlet.close()


ALLOWED = [
    ("ioc-operator", "read", ALERTS),
    ("ioc-operator", "read", INCIDENTS),
    ("ioc-store", "read", AUDIT),
    ("publisher-sensors", "write", RAW["sensors"]),
    ("ioc-administrator", "read", DLQ),
]
REFUSED = [
    ("ioc-operator", "read", RAW["reports"]),
    ("ioc-operator", "read", RAW["security"]),
    ("ioc-operator", "read", DLQ),
    ("ioc-operator", "read", AUDIT),
    ("ioc-operator", "write", COMMANDS),
    ("ioc-store", "read", RAW["reports"]),
    ("ioc-store", "write", ALERTS),
    ("ioc-gateway", "read", RAW["reports"]),
    ("ioc-gateway", "write", ALERTS),
    ("ioc-gateway", "read", DLQ),
    ("ioc-worker", "write", COMMANDS),
    ("ioc-worker", "write", AUDIT),
    ("ioc-worker", "write", RAW["reports"]),
    ("ioc-mqtt", "read", RAW["cameras"]),
    ("ioc-mqtt", "write", COMMANDS),
    ("ioc-scaler", "read", RAW["reports"]),
    ("publisher-sensors", "write", RAW["reports"]),
    ("publisher-sensors", "read", RAW["sensors"]),
    ("publisher-reports", "write", changelog_topic("incidents")),
    (f"reader-{CENTRE}", "read", alert_topic("cam-pha")),
    (f"reader-{CENTRE}", "write", ALERTS),
]  # fmt: skip


async def attempt(kafka: Secured, user: str, action: str, topic: str) -> None:
    client = kafka.client(user)
    await (read(client, topic) if action == "read" else write(client, topic))


async def test_what_a_role_allows_can_be_done(kafka: Secured) -> None:
    for case in ALLOWED:
        await attempt(kafka, *case)


async def test_what_no_role_of_theirs_allows_is_refused(kafka: Secured) -> None:
    async def refused(user: str, action: str, topic: str) -> bool:
        try:
            await attempt(kafka, user, action, topic)
        except TopicAuthorizationFailedError:
            return True
        except KafkaError as error:
            return "uthorization" in type(error).__name__
        return False

    outcomes = [await refused(*case) for case in REFUSED]
    assert [case for case, was in zip(REFUSED, outcomes, strict=True) if not was] == []


async def test_groups_and_transactions_are_of_their_owners_alone(kafka: Secured) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        await read_one(kafka.client(f"reader-{CENTRE}"), ALERTS, "ioc")
    with pytest.raises(KafkaError, match=r"(?i)authoriz|[Tt]ransactional"):
        await write(kafka.client("publisher-sensors"), RAW["sensors"], transactional_id="ioc-worker-0")


async def test_nobody_gets_in_without_a_name_and_its_password(kafka: Secured) -> None:
    with pytest.raises(KafkaError):
        await read(kafka.client("ioc-operator", password="guessed"), ALERTS)
    with pytest.raises(KafkaError):
        await read({"bootstrap_servers": f"{LOOPBACK}:{kafka.port}", "request_timeout_ms": 3000}, ALERTS)


def test_a_command_says_why_it_is_not_let_in(kafka: Secured, tmp_path: Path) -> None:
    Authority.of(tmp_path)
    strange = kafka.environment("ioc-operator") | {"IOC_KAFKA__SSL_CAFILE": str(tmp_path / "ca.crt")}
    assert "cannot be trusted (" in run_ioc(strange, "topics", "list", code=69)
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")
    guessed = kafka.environment("ioc-operator") | {"IOC_KAFKA__SASL_PASSWORD_FILE": str(wrong)}
    assert "does not take this user and password" in run_ioc(guessed, "topics", "list", code=69)


def test_the_lists_are_brought_back_to_the_table_and_what_differs_is_told(kafka: Secured) -> None:
    admin = "ioc-administrator"
    kafka.ioc(admin, "access", "grant", "publisher:gate", "--user", "ioc-scaler")
    told = kafka.ioc(admin, "access", "check", code=1)
    assert told == f"ioc-scaler\ttoo much\tWrite topic {RAW['gate']}\n"
    assert "0 new, 1 taken away" in kafka.ioc(admin, "access", "apply", "--role", "scaler")
    kafka.ioc(admin, "access", "check")
    kafka.ioc(admin, "access", "revoke", "ioc-scaler")
    assert kafka.ioc(admin, "access", "check", code=1).count("ioc-scaler\tmissing") == len(grants("scaler", (), "ioc"))
    kafka.ioc(admin, "access", "revoke", "ioc-scaler", code=1)
    kafka.ioc(admin, "access", "apply", "--role", "scaler", "--passwords", str(kafka.passwords))
    refused = kafka.ioc("ioc-operator", "access", "grant", "publisher:gate", code=1)
    assert "Kafka refused to allow publisher-gate Write topic ioc.raw.gate" in refused


def test_doctor_of_an_operator_sees_the_cluster(product: Product) -> None:
    told = product.kafka.ioc("ioc-operator", "doctor", code=1)
    assert "✓  kafka" in told
    assert "✓  topics" in told
    assert "✓  group" in told


def test_every_role_is_one_of_the_tables_and_has_something(kafka: Secured) -> None:
    centres: Sequence[str] = tuple(province().centres)
    of = {"": "", "centre": f":{CENTRE}", "source": ":reports"}
    assert all(grants(name + of[role.of], centres, "ioc") for name, role in ROLES.items())
    assert "Write topic " + ATTEMPTS in kafka.ioc(None, "access", "list", "--role", "worker")


GUIDE = (Path(__file__).parents[2] / "deploy" / "guides" / "kafka.md").read_text()
WRITER = "publisher-sensors"


def _options(kafka: Secured, client: str) -> list[str]:
    """What the guide to the topics has a client given, with the publisher's name and password in it."""
    (row,) = [line for line in GUIDE.splitlines() if line.startswith(f"| {client}")]
    password = (kafka.passwords / f"{WRITER}.password").read_text().strip()
    told = re.findall(r"`([^`]+)`", row.split(" | ")[1])
    return [
        each.replace("USER", WRITER).replace("PASSWORD", password).replace("ca.crt", str(kafka.authority))
        for each in told
    ]


def _program(kafka: Secured, client: str, folder: Path) -> tuple[list[str], Path]:
    """A command that writes a line of its input with a client of the guide, and where it has to run."""
    address, topic = f"{LOOPBACK}:{kafka.port}", RAW["sensors"]
    if client == "aiokafka":
        options = ", ".join(_options(kafka, client))
        text = f"""
import asyncio, ssl, sys
from aiokafka import AIOKafkaProducer
async def main():
    async with AIOKafkaProducer(bootstrap_servers="{address}", {options}, enable_idempotence=True) as producer:
        await producer.send_and_wait("{topic}", sys.stdin.buffer.read())
asyncio.run(main())
"""
        return [sys.executable, "-c", text], folder
    if client == "confluent-kafka":
        pairs = dict(each.split("=", 1) for each in _options(kafka, client))
        text = f"""
import sys
from confluent_kafka import Producer
producer = Producer({{"bootstrap.servers": "{address}", "enable.idempotence": True, **{pairs!r}}})
failed = []
producer.produce("{topic}", sys.stdin.buffer.read(), on_delivery=lambda error, _: error and failed.append(str(error)))
sys.exit(str(failed) if producer.flush(30) or failed else 0)
"""
        return [sys.executable, "-c", text], folder
    if client == "kafkajs":
        program = node_modules() / "secured.mjs"
        program.write_text(f"""
import {{ readFileSync }} from "node:fs";
import {{ text }} from "node:stream/consumers";
import {{ Kafka, logLevel }} from "kafkajs";
const kafka = new Kafka({{ brokers: ["{address}"], logLevel: logLevel.ERROR, {", ".join(_options(kafka, client))} }});
const producer = kafka.producer({{ idempotent: true }});
await producer.connect();
await producer.send({{ topic: "{topic}", acks: -1, messages: [{{ value: await text(process.stdin) }}] }});
await producer.disconnect();
""")
        return ["node", str(program)], program.parent
    if client == "kcat":
        options_of_kcat = [part for each in _options(kafka, "confluent-kafka") for part in ("-X", each)]
        return [str(kcat_in(folder) / "kcat"), "-P", "-b", address, "-t", topic, *options_of_kcat], folder
    (folder / "client.properties").write_text("\n".join(_options(kafka, "Java")))
    tool = str(console_tools(folder) / "kafka-console-producer.sh")
    return [tool, "--bootstrap-server", address, "--topic", topic, "--producer.config", "client.properties"], folder


def _is_too_old(kcat: str) -> bool:
    """Whether its librdkafka is one that brokers of Kafka 4 let in by no password, as the guide says."""
    told = subprocess.run([kcat, "-V"], capture_output=True, text=True, check=True, timeout=30)
    found = re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", told.stdout + told.stderr)
    assert found, told
    (first,) = re.findall(r"librdkafka (\d+\.\d+\.\d+) or newer", GUIDE)
    return tuple(map(int, found.groups())) < tuple(map(int, first.split(".")))


@pytest.mark.parametrize("client", ["aiokafka", "confluent-kafka", "kafkajs", "kcat", "Java"])
async def test_each_client_gets_in_with_the_options_of_the_guide(kafka: Secured, client: str, tmp_path: Path) -> None:
    mark = f"guide-{client}"
    command, folder = _program(kafka, client, tmp_path)
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, input=json.dumps({"id": mark}), text=True, capture_output=True, timeout=90,
        check=False,
    )  # fmt: skip
    if client == "kcat" and _is_too_old(command[0]):
        assert done.returncode != 0
        assert "invalid credentials" in done.stderr
        return
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = await read_one(kafka.client("ioc-administrator"), RAW["sensors"], None, id=mark)
    assert found == {"id": mark}
