"""The broker that the project runs by itself: it comes back with its data, and says in a sentence why it cannot run."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.kafka import Broker, BrokerError
from deploy.local.ports import LOOPBACK
from deploy.local.topics import TopicError, create_topics
from ioc.topics import TopicSpec, catalogue


async def write(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, value, partition=0)


async def read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]


async def test_what_was_acknowledged_survives_a_kill_and_a_stop(fresh_broker: Broker) -> None:
    await create_topics(fresh_broker.bootstrap, [TopicSpec("kept", "id")], partitions=1)
    address = fresh_broker.bootstrap
    await write(address, "kept", b"one")
    fresh_broker.kill()
    assert not fresh_broker.running
    assert fresh_broker.start().bootstrap == address
    await write(address, "kept", b"two")
    fresh_broker.stop()
    assert fresh_broker.start().bootstrap == address
    assert await read(address, "kept", 2) == [b"one", b"two"]

    fresh_broker.pause()
    assert fresh_broker.pid is not None
    assert psutil.Process(fresh_broker.pid).status() == psutil.STATUS_STOPPED
    fresh_broker.resume()
    await write(address, "kept", b"three")

    with pytest.raises(BrokerError, match="Another Kafka broker runs on the folder") as caught:
        Broker(fresh_broker.home).start()
    assert caught.value.reason == "folder"

    fresh_broker.pause()
    fresh_broker.stop()  # a frozen broker can be ended as well
    assert not fresh_broker.running


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(BrokerError, match=f"Port {port} on {LOOPBACK} is taken") as caught:
            Broker(tmp_path, port).start()
    assert caught.value.reason == "port"


def test_a_broker_that_refuses_its_configuration_says_why(broker: Broker, tmp_path: Path) -> None:
    assert broker.running  # so that jars and Java are there
    with pytest.raises(BrokerError, match=r"num\.io\.threads") as caught:
        Broker(tmp_path, overrides={"num.io.threads": "0"}).start()
    assert caught.value.reason == "failed"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk is mounted for this test: not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


FILL = """
import asyncio, secrets, sys
from aiokafka import AIOKafkaProducer

async def fill():
    async with AIOKafkaProducer(bootstrap_servers=sys.argv[1], max_request_size=1_000_000) as producer:
        while True:
            await producer.send_and_wait("large", secrets.token_bytes(900_000))

asyncio.run(fill())
"""


def test_a_disk_that_fills_up_is_one_sentence(broker: Broker, small_disk: Path, tmp_path: Path) -> None:
    assert broker.running  # so that jars and Java are there
    with Broker(small_disk / "kafka", log_path=tmp_path / "broker.log") as small:
        asyncio.run(create_topics(small.bootstrap, [TopicSpec("large", "id")], partitions=1))
        # A process of its own: it is killed, while a producer that is closed would go on trying.
        writer = subprocess.Popen([sys.executable, "-c", FILL, small.bootstrap], stderr=subprocess.DEVNULL)
        try:
            assert small.wait(60) is not None
        finally:
            writer.kill()
            writer.wait()
        ending = small.why_it_ended()
    assert ending.reason == "disk"
    assert "is full" in str(ending)


def test_why_it_ended_names_the_signal(fresh_broker: Broker) -> None:
    assert fresh_broker.pid is not None
    os.kill(fresh_broker.pid, signal.SIGKILL)
    assert fresh_broker.wait(20) == -signal.SIGKILL
    assert "killed by SIGKILL" in str(fresh_broker.why_it_ended())


async def test_topics_are_created_once(bootstrap: str, topic_name: Callable[..., str]) -> None:
    names = [topic_name("first"), topic_name("second")]
    first, second = (TopicSpec(name, "id", retention_ms=1000) for name in names)
    assert (await create_topics(bootstrap, [first])).created == names[:1]
    outcome = await create_topics(bootstrap, [first, second])
    assert outcome.created == names[1:]
    assert outcome.existing == names[:1]
    assert not outcome.differences
    assert not (await create_topics(bootstrap, [first, second])).created


async def test_an_existing_topic_that_differs_is_told_and_left_alone(
    bootstrap: str, topic_name: Callable[..., str]
) -> None:
    name = topic_name()
    await create_topics(bootstrap, [TopicSpec(name, "id", retention_ms=1000)], partitions=2)
    for _ in range(2):
        outcome = await create_topics(
            bootstrap, [TopicSpec(name, "id", "compact,delete", retention_ms=5)], partitions=3
        )
        told = {(difference.setting, difference.wanted, difference.found) for difference in outcome.differences}
        assert told >= {
            ("partitions", "3", "2"),
            ("cleanup.policy", "compact,delete", "delete"),
            ("retention.ms", "5", "1000"),
        }


async def test_the_whole_catalogue_is_accepted_as_it_is_meant(bootstrap: str) -> None:
    specs = catalogue(["province", "here", "there"])
    await create_topics(bootstrap, specs)
    again = await create_topics(bootstrap, specs)
    assert len(again.existing) == len(specs)
    # Other tests of this session may have created some of them with fewer partitions.
    assert [difference for difference in again.differences if difference.setting != "partitions"] == []


async def test_a_topic_that_kafka_refuses_is_named(bootstrap: str) -> None:
    with pytest.raises(TopicError, match="not/a/name"):
        await create_topics(bootstrap, [TopicSpec("not/a/name", "id")])
