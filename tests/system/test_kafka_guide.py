"""The guide to the topics is true: every example runs as it stands, with the clients that others wrote."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ioc.topics import ALERT_PREFIX, RAW, RECEIPTS
from ioc.vocabulary import SOURCES
from tests.kafka_clients import console_tools, kcat_in
from tests.node import node_modules
from tests.system.product import Reader
from tests.system.running import Running
from tests.system.test_readme import GUIDES, Block, blocks
from tests.system.words import new_word

pytestmark = [pytest.mark.usefixtures("running"), pytest.mark.timeout(400)]

GUIDE = next(path for path in GUIDES if path.name == "kafka.md")
TOPIC = f"{ALERT_PREFIX}ha-long"
_READ_S = 60
_ENDLESS = re.compile(r"async for record|while True|consumer\.run\(")


@pytest.fixture(scope="module")
def alerted(running: Running) -> str:
    """A centre has an alert: its title."""
    word = new_word()
    text = f"Rác thải chất đống bốc mùi ở ngõ {word}, phường Hà Tu"
    body = {"id": word, "occurred_at": datetime.now(UTC).isoformat(), "text": text}
    headers = {"authorization": f"Bearer {running.key}"}
    assert httpx.post(f"{running.url}/v1/reports", json=body, headers=headers, timeout=20).status_code == 202

    async def wait() -> None:
        async with Reader(running.bootstrap, [TOPIC]) as reader:
            while not any(word in record.value.decode() for record in reader.records[TOPIC]):
                await reader.until(len(reader.records[TOPIC]) + 1, TOPIC, _READ_S)

    asyncio.run(wait())
    return word


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return console_tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="module")
def kcat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kcat_in(tmp_path_factory.mktemp("kcat"))


def _examples() -> Iterator[Any]:
    for number, block in enumerate(blocks(GUIDE)):
        if block.language:
            what = "writes" if _writes(block) else "reads"
            tool = next(
                (word for word in ("confluent_kafka", "aiokafka", "kafkajs", "kcat") if word in block.text), "java"
            )
            yield pytest.param(block, id=f"{number}-{tool}-{what}")


def _writes(block: Block) -> bool:
    return "ioc.raw." in block.text


def _command(block: Block, folder: Path) -> list[str]:
    if block.language == "python":
        return [sys.executable, "-c", block.text]
    if block.language == "js":
        program = folder / "example.mjs"
        program.write_text(block.text)
        return ["node", str(program)]
    return ["bash", "-euo", "pipefail", "-c", block.text]


def _first_line(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """First line that a program prints that runs until it is ended; it is ended then."""
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        timer = threading.Timer(_READ_S, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=30)
        assert line.strip(), err
        return line


@pytest.mark.parametrize("block", [*_examples()])
def test_examples_run_as_they_stand(
    running: Running, alerted: str, block: Block, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = []
    if "kafka-console-" in block.text:
        path.append(request.getfixturevalue("tools"))
    if "kcat " in block.text:
        path.append(request.getfixturevalue("kcat"))
    folder = node_modules() if block.language == "js" else tmp_path
    environment = running.environment()
    environment["PATH"] = os.pathsep.join([*map(str, path), environment["PATH"]])
    sent_before = _sent(running) if _writes(block) else 0
    command = _command(block, folder)
    if _ENDLESS.search(block.text):
        line = _first_line(command, folder, environment)
    else:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        line = done.stdout
    if _writes(block):
        assert _sent(running) == sent_before + 1
    else:
        assert re.search(r"high|critical|normal|low", line), line


def _sent(running: Running) -> int:
    async def count() -> int:
        async with Reader(running.bootstrap, list(RAW.values())) as reader:
            return sum(len(records) for records in (await reader.all()).values())

    return asyncio.run(count())


def test_what_the_examples_write_is_taken(running: Running) -> None:
    """Everything in the raw topics from the examples' publishers becomes an outcome, and none of it a dead letter."""
    publishers = set(re.findall(r"urn:example:\w+", GUIDE.read_text()))
    assert len(publishers) == 4

    async def refused() -> list[dict[str, Any]]:
        async with Reader(running.bootstrap, [RECEIPTS]) as reader:
            receipts = [json.loads(record.value) for record in (await reader.all())[RECEIPTS]]
        return [each for each in receipts if each["source"] in publishers and each["result"] == "rejected"]

    deadline = datetime.now(UTC).timestamp() + _READ_S
    while (taken := _taken(running)) < (sent := _sent(running)):
        assert datetime.now(UTC).timestamp() < deadline, (taken, sent)
    assert asyncio.run(refused()) == []
    assert asyncio.run(_publishers(running)) >= publishers


async def _publishers(running: Running) -> set[str]:
    """Who says that they wrote."""
    async with Reader(running.bootstrap, list(RAW.values())) as reader:
        found = await reader.all()
    headers = [dict(record.headers) for records in found.values() for record in records]
    return {each["ce_source"].decode() for each in headers if "ce_source" in each}


def _taken(running: Running) -> int:
    """Events that the worker has an outcome of."""
    pattern = r'^ioc_events_total\{outcome="\w+",source="(?:' + "|".join(SOURCES) + r')"\} (\S+)$'
    return int(sum(map(float, re.findall(pattern, running.metrics(running.worker_url), re.MULTILINE))))


def test_every_client_is_shown_reading_and_writing() -> None:
    text = GUIDE.read_text()
    for section in ("Python, confluent-kafka", "JavaScript, kafkajs", "Java's console tools", "kcat"):
        part = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        assert TOPIC in part, section
        assert "ioc.raw." in part, section
        assert "read_committed" in part or "readUncommitted: false" in part, section
