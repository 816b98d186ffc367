"""The MQTT bridge as a process between a real Mosquitto and a real Kafka: nothing is lost, nothing is told twice."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.kafka import Broker
from deploy.local.ports import LOOPBACK, free_port
from ioc.events.identifiers import HASHED_PLATE, has_plate
from ioc.metrics import BROKER_UP, BUILD_INFO, CATALOGUE
from ioc.topics import ALERT_PREFIX, DLQ, RAW, RECEIPTS
from tests.mosquitto import Mosquitto, find_mosquitto
from tests.mosquitto import running as mosquitto_running
from tests.system.gateway import records
from tests.system.product import Worker, asked, make_topics, province
from tests.system.running import Running, lacking, up

pytestmark = pytest.mark.timeout(400)  # the first may have to wait for a start

MAPPING = """
[[topic]]
filters = ["stations/{device_id}/{metric}"]
preset = "json"
source = "sensors"
publisher = "stations"
"""


class Bridge:
    """An ``ioc mqtt`` process."""

    def __init__(self, home: Path, bootstrap: str, mosquitto: Mosquitto, mapping: str = MAPPING, **mqtt: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = home / "mqtt.log"
        (home / "mqtt.toml").write_text(mapping)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
            "IOC_HOME": str(home),
            "IOC_KAFKA_BOOTSTRAP": bootstrap,
            "IOC_MQTT__MAPPING": str(home / "mqtt.toml"),
            "IOC_MQTT__PORT": str(mosquitto.port),
            "IOC_MQTT__METRICS_PORT": str(self.port),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **{f"IOC_MQTT__{name.upper()}": value for name, value in mqtt.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> Bridge:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "connectors.cli.main", "mqtt"], env=self.environment, stdout=log, stderr=log
            )
        if ready:
            self.until(lambda: self.get("/readyz")[0] == 200, "ready")
        return self

    def until(self, condition: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert self.process is None or self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"not {what}: {self.get('/readyz')}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, str]:
        return asked(self.port, path)

    def sample(self, name: str) -> float:
        lines = (line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines() if not line.startswith("#"))
        return {key: float(value) for key, value in lines}.get(name, 0.0)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20), time.monotonic() - began


@pytest.fixture(scope="session")
def program() -> Path:
    found = find_mosquitto()
    if found is None:
        lacking("mosquitto is not on the path: it comes with the system's package mosquitto")
    return found


@pytest.fixture
def mosquitto(program: Path, tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto_running(program, tmp_path / "mosquitto") as broker:
        yield broker


def reading(value: float, at: datetime, **more: Any) -> bytes:
    return json.dumps({"value": value, "unit": "µg/m³", "observed_at": at.isoformat(), **more}).encode()


def ids(bootstrap: str, source: str, publisher: str) -> list[str]:
    """Names of the records of a publisher, in their order."""
    found = [dict(record.headers) for record in records(bootstrap, RAW[source])]
    return [headers["ce_id"].decode() for headers in found if headers.get("ce_source") == publisher.encode()]


def topics_of(broker: Broker) -> None:
    asyncio.run(make_topics(broker.bootstrap, province()))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_messages_become_records_and_what_is_wrong_a_dead_letter(
    protocol: str, broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topics_of(broker)
    publisher = f"stations-{tmp_path.name}"
    bridge = Bridge(
        tmp_path / "home", broker.bootstrap, mosquitto, MAPPING.replace('"stations"', f'"{publisher}"'),
        protocol=protocol,
    ).start()  # fmt: skip
    try:
        now = datetime.now(UTC)
        good = [(f"stations/air-{n}/pm2_5", reading(n, now)) for n in range(30)]
        bad = [("stations/air-1/pm2_5", b'{"value": "much"}'), ("stations/air-2/pm2_5", b"\xff\xfe")]
        mosquitto.publish([*good[:10], bad[0], *good[10:], bad[1]], five=protocol == "5")
        bridge.until(lambda: bridge.sample('ioc_mqtt_messages_total{outcome="rejected",preset="json"}') == 2, "through")
        assert bridge.sample('ioc_mqtt_messages_total{outcome="written",preset="json"}') == 30
        assert bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 30
        assert bridge.sample("ioc_mqtt_up") == 1
        assert bridge.sample("ioc_broker_up") == 1
        found = ids(broker.bootstrap, "sensors", publisher)
        assert sorted(found) == sorted(f"air-{n}|pm2_5|{now.isoformat().replace('+00:00', 'Z')}" for n in range(30))
        letters = [
            record
            for record in records(broker.bootstrap, DLQ)
            if record.key in {b"stations/air-1/pm2_5", b"stations/air-2/pm2_5"}
        ]
        assert {bad[0][1], bad[1][1]} <= {letter.value for letter in letters}
        headers = dict(next(letter for letter in letters if letter.value == bad[0][1]).headers)
        assert headers["__connect.errors.topic"] == b"mqtt:stations/air-1/pm2_5"
        receipts = [json.loads(record.value) for record in records(broker.bootstrap, RECEIPTS)]
        mine = [one for one in receipts if one["source"] == publisher]
        assert [one["result"] for one in mine] == ["rejected", "rejected"]
        assert {error["pointer"] for one in mine for error in one["errors"]} >= {"/value"}
        assert "much" not in json.dumps(mine)
        code, seconds = bridge.stop()
        assert code == 0
        assert seconds < 10
    finally:
        bridge.kill()


async def test_killed_between_receipt_and_confirmation_it_loses_nothing_and_nothing_is_told_twice(
    fresh_broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Kafka stands still while messages come, so that none is confirmed; the bridge dies; Kafka goes on.

    What Kafka had taken without saying so is there twice: once from the bridge that died, once from the redelivery.
    Intake counts the second ones as duplicates.
    """
    await make_topics(fresh_broker.bootstrap, province())
    worker = Worker(fresh_broker.bootstrap, tmp_path / "worker").start()
    bridge = Bridge(tmp_path / "home", fresh_broker.bootstrap, mosquitto)
    try:
        await worker.ready()
        await asyncio.to_thread(bridge.start)
        # Whole seconds: of others a repetition of what is not the newest is known from its second time on only.
        begun = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
        messages = [(f"stations/air-{n % 5}/pm2_5", reading(10 + n, begun + timedelta(seconds=n))) for n in range(200)]
        await asyncio.to_thread(mosquitto.publish, messages[:50])
        await asyncio.to_thread(
            bridge.until, lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 50, "through"
        )
        fresh_broker.pause()
        await asyncio.to_thread(mosquitto.publish, messages[50:])
        await asyncio.to_thread(bridge.until, lambda: bridge.sample("ioc_mqtt_pending_open") == 150, "received")
        assert bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 50
        bridge.kill()
        fresh_broker.resume()
        await asyncio.to_thread(bridge.start)
        await asyncio.to_thread(
            bridge.until, lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 150, "redelivered"
        )
        found = await asyncio.to_thread(ids, fresh_broker.bootstrap, "sensors", "stations")
        wanted = {
            f"air-{n % 5}|pm2_5|{(begun + timedelta(seconds=n)).isoformat().replace('+00:00', 'Z')}" for n in range(200)
        }
        assert set(found) == wanted  # nothing is lost
        assert len(found) > len(wanted), "Kafka had taken nothing before it stood still: this proves nothing"

        def outcomes() -> dict[str, float]:
            samples = worker.metrics()
            names = ("signal", "quiet", "duplicate", "rejected")
            return {name: samples.get(f'ioc_events_total{{outcome="{name}",source="sensors"}}', 0) for name in names}

        await asyncio.to_thread(bridge.until, lambda: sum(outcomes().values()) >= len(found), "taken in")
        counted = await asyncio.to_thread(outcomes)
        assert sum(counted.values()) == len(found)
        assert counted["duplicate"] == len(found) - len(wanted)
        assert counted["rejected"] == 0
    finally:
        if fresh_broker.running:
            fresh_broker.resume()
        bridge.kill()
        worker.kill()


def dead_port() -> str:
    """An address where no Kafka is."""
    return f"{LOOPBACK}:{free_port()}"


def test_it_comes_back_by_itself_when_the_broker_does(broker: Broker, mosquitto: Mosquitto, tmp_path: Path) -> None:
    topics_of(broker)
    publisher = f"back-{tmp_path.name}"
    bridge = Bridge(
        tmp_path / "home", broker.bootstrap, mosquitto, MAPPING.replace('"stations"', f'"{publisher}"')
    ).start()
    try:
        now = datetime.now(UTC)
        mosquitto.publish([(f"stations/air-{n}/pm10", reading(n, now)) for n in range(5)])
        bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 5, "through")
        mosquitto.stop()
        bridge.until(lambda: bridge.get("/readyz")[0] == 503, "unready")
        assert bridge.sample("ioc_mqtt_up") == 0
        assert "mqtt" in json.loads(bridge.get("/readyz")[1])["trouble"][0]
        mosquitto.start()
        # Its session is still there, so that what comes before the bridge is back waits for it. What the broker had no
        # time to take as acknowledged comes again.
        mosquitto.publish([(f"stations/air-{n}/pm10", reading(n, now)) for n in range(5, 9)])
        bridge.until(lambda: len(set(ids(broker.bootstrap, "sensors", publisher))) == 9, "through")
        assert bridge.get("/readyz")[0] == 200
    finally:
        bridge.kill()


def test_without_kafka_it_holds_a_bounded_number_ends_in_time_and_loses_nothing(
    broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topics_of(broker)
    publisher = f"held-{tmp_path.name}"
    mapping = MAPPING.replace('"stations"', f'"{publisher}"')
    bridge = Bridge(tmp_path / "home", dead_port(), mosquitto, mapping, in_flight="50").start(ready=False)
    try:
        now = datetime.now(UTC)
        bridge.until(lambda: bridge.sample("ioc_mqtt_up") == 1, "connected")
        mosquitto.publish([(f"stations/air-{n}/pm10", reading(n, now)) for n in range(300)])
        bridge.until(lambda: bridge.sample("ioc_mqtt_pending_open") == 50, "full")
        time.sleep(0.5)
        assert bridge.sample("ioc_mqtt_pending_open") == 50
        # QoS 0 has no acknowledgement that could hold it back: reading stops.
        mosquitto.publish([("stations/air-0/pm10", b"x" * 50_000)] * 1_500, qos=0)
        time.sleep(0.5)
        assert bridge.sample("ioc_mqtt_pending_open") <= 50 + 1_000
        trouble = json.loads(bridge.get("/readyz")[1])["trouble"]
        assert [one.split("(")[0] for one in trouble] == ["kafka: not reached "]
        code, seconds = bridge.stop()
        assert (code, seconds < 10) == (0, True)
        bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, mapping, in_flight="50").start()
        bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') >= 300, "through")
        assert {name.split("|")[0] for name in ids(broker.bootstrap, "sensors", publisher)} == {
            f"air-{n}" for n in range(300)
        }
    finally:
        bridge.kill()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_bridges_of_one_group_share_the_messages(
    protocol: str, broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topics_of(broker)
    publisher = f"shared-{tmp_path.name}"
    mapping = MAPPING.replace('"stations"', f'"{publisher}"')
    bridges = [
        Bridge(tmp_path / f"home-{n}", broker.bootstrap, mosquitto, mapping, share="ioc", protocol=protocol)
        for n in range(2)
    ]
    try:
        for bridge in bridges:
            bridge.start()
        now = datetime.now(UTC)
        mosquitto.publish([(f"stations/air-{n}/pm10", reading(n, now)) for n in range(100)])

        def counts() -> list[float]:
            return [bridge.sample('ioc_mqtt_records_total{source="sensors"}') for bridge in bridges]

        bridges[0].until(lambda: sum(counts()) == 100, "through")
        assert min(counts()) > 10
        assert len(ids(broker.bootstrap, "sensors", publisher)) == 100
    finally:
        for bridge in bridges:
            bridge.kill()


def test_a_second_bridge_of_one_name_is_refused(broker: Broker, mosquitto: Mosquitto, tmp_path: Path) -> None:
    topics_of(broker)
    first = Bridge(tmp_path / "home", broker.bootstrap, mosquitto).start()
    second = Bridge(tmp_path / "home", broker.bootstrap, mosquitto).start(ready=False)
    try:
        assert second.process is not None
        assert second.process.wait(20) == 69
        assert "another bridge has the session" in second.log.read_text()
    finally:
        first.kill()


def test_what_a_changed_mapping_leaves_out_is_unsubscribed(
    broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topics_of(broker)
    publisher = f"changed-{tmp_path.name}"
    mapping = MAPPING.replace('"stations"', f'"{publisher}"')
    bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, mapping).start()
    try:
        bridge.stop()
        other = mapping.replace("stations/", "others/")
        bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, other).start()
        now = datetime.now(UTC)
        mosquitto.publish([("stations/a/pm10", reading(1, now)), ("others/b/pm10", reading(2, now))])
        bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 1, "through")
        time.sleep(0.3)
        assert bridge.sample('ioc_mqtt_messages_total{outcome="rejected",preset="unmapped"}') == 0
    finally:
        bridge.kill()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certfile, keyfile = folder / "broker.pem", folder / "broker.key"
    certfile.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certfile, keyfile


def password_line(user: str, password: str) -> str:
    """A line of Mosquitto's password file: PBKDF2 with SHA-512."""
    salt = os.urandom(12)
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"{user}:$7$101${b64encode(salt).decode()}${b64encode(derived).decode()}\n"


def test_over_tls_with_a_password(program: Path, broker: Broker, tmp_path: Path) -> None:
    topics_of(broker)
    certfile, keyfile = certificate(tmp_path)
    passwords = tmp_path / "passwords"
    passwords.write_text(password_line("bridge", "s3cret") + password_line("station", "other"))
    secured = free_port()
    lines = [
        "allow_anonymous false", f"password_file {passwords}", f"listener {secured} {LOOPBACK}",
        f"certfile {certfile}", f"keyfile {keyfile}",
    ]  # fmt: skip
    publisher = f"tls-{tmp_path.name}"
    mapping = MAPPING.replace('"stations"', f'"{publisher}"')
    with mosquitto_running(program, tmp_path / "mosquitto", *lines) as mosquitto:
        secret = tmp_path / "password"
        secret.write_text("wrong\n")
        tls = {"tls": "true", "cafile": str(certfile), "port": str(secured), "username": "bridge"}
        bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, mapping, password_file=str(secret), **tls)
        try:
            bridge.start(ready=False)
            bridge.until(lambda: "Not authorized" in bridge.get("/readyz")[1], "refused")
            assert bridge.get("/readyz")[0] == 503
            assert bridge.stop()[0] == 0
            secret.write_text("s3cret\n")
            bridge.start()
            mosquitto.publish(
                [("stations/air-1/pm10", reading(1, datetime.now(UTC), note="x" * 40_000))] * 20,
                auth={"username": "station", "password": "other"},
            )
            bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 20, "through")
            assert bridge.stop()[0] == 0
            untrusting = {**tls, "cafile": ""}
            bridge = Bridge(tmp_path / "other", broker.bootstrap, mosquitto, mapping, password="s3cret", **untrusting)
            bridge.start(ready=False)
            bridge.until(lambda: "certificate verify failed" in bridge.get("/readyz")[1], "refused")
        finally:
            bridge.kill()


def test_a_mapping_that_is_wrong_ends_it_with_the_line(mosquitto: Mosquitto, tmp_path: Path) -> None:
    bridge = Bridge(tmp_path / "home", dead_port(), mosquitto, MAPPING.replace("json", "yaml"))
    bridge.start(ready=False)
    assert bridge.process is not None
    assert bridge.process.wait(20) == 78
    assert "mqtt.toml:4: topic[0].preset: must be one of" in bridge.log.read_text()


def test_the_guides_example_becomes_a_reading_and_an_alert(
    running: Running, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The mapping and the messages of the guide for publishers, as they stand there."""
    text = (Path(__file__).parents[2] / "deploy" / "guides" / "publisher.md").read_text()
    mapping = text.partition("cat > mqtt.toml <<'EOF'\n")[2].partition("\nEOF\n")[0]
    fences = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    block = next(block for block in fences if "mosquitto_pub" in block)
    bridge = Bridge(tmp_path / "home", running.bootstrap, mosquitto, mapping).start()
    try:
        done = subprocess.run(
            ["bash", "-euc", f'mosquitto_pub() {{ command mosquitto_pub -p {mosquitto.port} "$@"; }}\n{block}'],
            env=mosquitto.environment(), capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        bridge.until(
            lambda: bridge.sample('ioc_mqtt_messages_total{outcome="written",preset="frigate"}') == 1, "through"
        )
        assert bridge.sample('ioc_mqtt_messages_total{outcome="written",preset="json"}') == 1
        assert any(name.startswith("aqi-07|pm2_5|") for name in ids(running.bootstrap, "sensors", "stations"))

        def alerts() -> list[dict[str, Any]]:
            found = [json.loads(record.value) for record in records(running.bootstrap, f"{ALERT_PREFIX}province")]
            return [alert for alert in found if "school-gate" in alert["title"]]

        bridge.until(lambda: len(alerts()) == 1, "told")
        assert alerts()[0]["sources"] == ["cameras"]
    finally:
        bridge.kill()


FRIGATE = """
[[topic]]
filters = ["frigate/events", "frigate/+/status/+"]
preset = "frigate"
publisher = "PUBLISHER"
plates = true
[[topic.kind]]
object = "car"
stationary = true
kind = "stopped_vehicle"
"""


def test_what_frigate_saw_has_an_end_of_its_own_and_no_plate(
    broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topics_of(broker)
    publisher = f"frigate-{tmp_path.name}"
    bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, FRIGATE.replace("PUBLISHER", publisher)).start()
    try:
        began = time.time() - 30
        after = {
            "id": "1764212370.3-mxklsc", "camera": "gate", "label": "car", "sub_label": ["An", 0.79],
            "top_score": 0.95, "false_positive": False, "start_time": began, "end_time": None, "stationary": True,
            "entered_zones": ["lane 14A-123.45"], "recognized_license_plate": "14A-123.45",
        }  # fmt: skip
        seen = {"type": "update", "before": after, "after": after}
        over = {"type": "end", "before": after, "after": {**after, "end_time": began + 20}}
        messages = [("frigate/events", json.dumps(each).encode()) for each in (seen, over)]
        mosquitto.publish([*messages, ("frigate/gate/status/detect", b"offline")])
        bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="cameras"}') == 4, "through")
        mine = [
            record
            for record in records(broker.bootstrap, RAW["cameras"])
            if dict(record.headers)["ce_source"] == publisher.encode()
        ]
    finally:
        bridge.kill()
    bodies = [json.loads(record.value) for record in mine]
    name = "1764212370.3-mxklsc/stopped_vehicle"
    # Seen twice, which intake takes for a repeat, over once.
    assert [body["id"] for body in bodies][:3] == [name, name, f"{name}/end"]
    assert [body["kind"] for body in bodies] == ["stopped_vehicle"] * 3 + ["detect_offline"]
    assert ["ended_at" in body for body in bodies] == [False, False, True, False]
    assert len({body["plate"] for body in bodies[:3]}) == 1
    assert HASHED_PLATE.fullmatch(bodies[0]["plate"])
    for record in mine:
        assert not has_plate(f"{record.value!r}{record.headers!r}", "14A-123.45")


def test_what_it_exposes_is_the_catalogue(broker: Broker, mosquitto: Mosquitto, tmp_path: Path) -> None:
    topics_of(broker)
    bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto).start()
    try:
        mosquitto.publish([("stations/air-1/pm10", b"{")])
        bridge.until(lambda: bridge.sample('ioc_mqtt_messages_total{outcome="rejected",preset="json"}') == 1, "through")
        specs = {spec.name: spec for spec in CATALOGUE}
        found = {}
        for family in text_string_to_metric_families(bridge.get("/metrics")[1]):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = family
            assert family.type == specs[name].kind
            assert len(family.samples) <= specs[name].max_series
            assert {frozenset(sample.labels) for sample in family.samples} <= {frozenset(specs[name].labels)}
        assert set(found) == {name for name in specs if name.startswith("ioc_mqtt")} | {BROKER_UP.name, BUILD_INFO.name}
        assert bridge.get("/healthz")[0] == 200
        assert bridge.get("/other")[0] == 404
    finally:
        bridge.kill()


@pytest.mark.parametrize("answer", [b"", b"\x20\xff\xff\xff\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_peer_that_is_no_mqtt_broker_neither_stops_nor_holds_it(
    answer: bytes, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """It says nothing, or something else; the bridge tries again, says why, and ends in time."""
    with socket.create_server((LOOPBACK, 0)) as peer:
        held: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):  # closed at the end of the test
                while True:
                    held.append(peer.accept()[0])
                    held[-1].sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        bridge = Bridge(tmp_path / "home", dead_port(), mosquitto, port=str(peer.getsockname()[1]))
        try:
            bridge.start(ready=False)
            bridge.until(lambda: bridge.get("/readyz")[0] == 503, "listening")
            time.sleep(1.5)
            assert bridge.sample("ioc_mqtt_up") == 0
            code, seconds = bridge.stop()
            assert (code, seconds < 10) == (0, True), bridge.log.read_text()
            assert "Traceback" not in bridge.log.read_text()
        finally:
            bridge.kill()
            peer.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()


def test_ioc_up_runs_it_where_a_mapping_is_set(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "mqtt.toml").write_text(MAPPING)
    metrics = free_port()
    settings = {
        "IOC_MQTT__MAPPING": "mqtt.toml", "IOC_MQTT__PORT": str(mosquitto.port), "IOC_MQTT__METRICS_PORT": str(metrics),
    }  # fmt: skip
    with up(tmp_path, **settings) as product:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(urllib.error.HTTPError),
                urllib.request.urlopen(f"http://{LOOPBACK}:{metrics}/readyz", timeout=5) as answer,
            ):
                assert answer.status == 200
                break
        mosquitto.publish([("stations/air-1/pm10", reading(1, datetime.now(UTC)))])
        while not ids(product.bootstrap, "sensors", "stations"):
            assert time.monotonic() < deadline
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://{LOOPBACK}:{metrics}/healthz", timeout=5)


def test_a_topic_that_is_missing_is_named_and_waited_for(
    fresh_broker: Broker, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    bridge = Bridge(tmp_path / "home", fresh_broker.bootstrap, mosquitto)
    try:
        bridge.start(ready=False)
        bridge.until(lambda: "the topic ioc.dlq is missing" in bridge.get("/readyz")[1], "missed")
        mosquitto.publish([("stations/air-1/pm10", reading(1, datetime.now(UTC)))])
        topics_of(fresh_broker)
        bridge.until(lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') == 1, "through")
        assert bridge.get("/readyz")[0] == 200
    finally:
        bridge.kill()


@pytest.mark.chaos
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_killed_again_and_again_under_load_it_loses_nothing(
    protocol: str, broker: Broker, mosquitto: Mosquitto, tmp_path: Path, long_run: bool
) -> None:
    topics_of(broker)
    publisher = f"killed-{tmp_path.name}"
    mapping = MAPPING.replace('"stations"', f'"{publisher}"')
    kills, per_kill = (15 if long_run else 3), 600
    chance = random.Random(7)
    bridge = Bridge(tmp_path / "home", broker.bootstrap, mosquitto, mapping, protocol=protocol).start()
    try:
        now = datetime.now(UTC)
        for kill in range(kills):
            numbers = range(kill * per_kill, (kill + 1) * per_kill)
            mosquitto.publish(
                [(f"stations/air-{n}/pm10", reading(n, now)) for n in numbers[: per_kill // 2]], five=protocol == "5"
            )
            time.sleep(chance.uniform(0, 0.1))
            bridge.kill()
            mosquitto.publish(
                [(f"stations/air-{n}/pm10", reading(n, now)) for n in numbers[per_kill // 2 :]], five=protocol == "5"
            )
            bridge.start(ready=False)
            bridge.until(lambda: bridge.sample("ioc_mqtt_up") == 1, "connected")
        wanted = {f"air-{n}" for n in range(kills * per_kill)}

        def found() -> set[str]:
            return {name.split("|")[0] for name in ids(broker.bootstrap, "sensors", publisher)}

        bridge.until(lambda: found() == wanted, "all there", timeout_s=60)
    finally:
        bridge.kill()
