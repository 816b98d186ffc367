"""What the MQTT bridge carries: ``python -m tests.bench.mqtt [--messages 20000]``.

First decoding alone, one core, median of passes that take turns. Then the whole way: messages of QoS 1 wait at a real
Mosquitto, and a bridge that was away brings them to a real Kafka; Mosquitto, Kafka and the bridge share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from deploy.local.kafka import Broker
from ioc.mqtt import Decoder, Message, read_mapping
from tests.mosquitto import find_mosquitto
from tests.mosquitto import running as mosquitto_running
from tests.system.product import make_topics, province
from tests.system.test_mqtt import MAPPING, Bridge, reading

PASSES = 7
COUNT = 5_000
FRIGATE = '[[topic]]\nfilters = ["frigate/reviews"]\npreset = "frigate"\npublisher = "frigate"\n'
SENML = '[[topic]]\nfilters = ["senml"]\npreset = "senml"\npublisher = "lab"\n'


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    messages = parser.parse_args().messages
    _decoding()
    program = find_mosquitto()
    if program is None:
        print("no mosquitto on the path: the whole way was not measured")
        return
    for protocol in ("5", "3.1.1"):
        with (
            tempfile.TemporaryDirectory() as folder,
            Broker(Path(folder) / "kafka") as kafka,
            mosquitto_running(program, Path(folder) / "mosquitto") as mosquitto,
        ):
            asyncio.run(make_topics(kafka.bootstrap, province()))
            bridge = Bridge(Path(folder) / "home", kafka.bootstrap, mosquitto, protocol=protocol)
            bridge.start().stop()  # its session now waits at the broker
            now = datetime.now(UTC) - timedelta(minutes=5)
            mosquitto.publish(
                [(f"stations/air-{n % 500}/pm10", reading(n, now + timedelta(milliseconds=n))) for n in range(messages)]
            )
            bridge.start()
            assert bridge.process is not None
            began, before = time.perf_counter(), _cpu_s(bridge.process.pid)
            bridge.until(
                lambda: bridge.sample('ioc_mqtt_records_total{source="sensors"}') >= messages,  # noqa: B023 - run at once
                "through",
                120,
            )
            rate = messages / (time.perf_counter() - began)
            cpu = (_cpu_s(bridge.process.pid) - before) / messages
            bridge.stop()
        print(f"MQTT {protocol:<6}{rate:9,.0f} messages/s{cpu * 1e6:8.0f} µs CPU/message")


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _decoding() -> None:
    now = datetime.now(UTC)
    decoder = Decoder(read_mapping((MAPPING + FRIGATE + SENML).encode(), "bench"), timedelta(minutes=5))
    pack = [{"bn": "dev:", "bt": now.timestamp(), "n": "temp", "u": "Cel", "v": 1}]
    after = {
        "id": "r", "camera": "gate", "start_time": now.timestamp(), "end_time": None, "severity": "alert",
        "data": {"objects": ["person"], "zones": ["yard"], "sub_labels": [], "audio": []},
    }  # fmt: skip
    kinds = {
        "json": Message("stations/air-7/pm10", reading(1, now)),
        "senml": Message("senml", json.dumps(pack).encode()),
        "frigate": Message("frigate/reviews", json.dumps({"type": "update", "before": {}, "after": after}).encode()),
    }
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(PASSES):
        for name, message in kinds.items():
            began = time.perf_counter()
            for _ in range(COUNT):
                decoder.decode(message, now)
            taken[name].append((time.perf_counter() - began) / COUNT)
    for name, times in taken.items():
        print(f"decode {name:<10}{statistics.median(times) * 1e6:7.1f} µs/message")


if __name__ == "__main__":
    main()
