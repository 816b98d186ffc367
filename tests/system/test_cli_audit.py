"""``ioc audit`` and ``ioc users`` on a real broker: nothing is lost while it is away, and what is touched is found."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from connectors.audit import Pending, folder
from connectors.cli import main
from deploy.local.kafka import Broker
from deploy.local.ports import free_port
from deploy.local.topics import create_topics
from ioc.topics import AUDIT, TopicSpec
from tests.system.gateway import records

Rows = list[tuple[bytes, bytes]]


@dataclass
class Office:
    """The program in a home folder of its own, with a broker that may be elsewhere."""

    home: Path
    bootstrap: str
    monkeypatch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        environment = {
            **others, "IOC_HOME": str(self.home), "IOC_KAFKA_BOOTSTRAP": self.bootstrap,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }  # fmt: skip
        command = [sys.executable, "-m", "connectors.cli.main", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=self.home, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str, code: int = 0) -> str:
        self.monkeypatch.setenv("IOC_HOME", str(self.home))
        self.monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", self.bootstrap)
        self.output.readouterr()
        ended = main.run(arguments)
        captured = self.output.readouterr()
        assert ended == code, captured
        return captured.out + captured.err

    def rows(self) -> Rows:
        return [(record.key, record.value) for record in records(self.bootstrap, AUDIT)]


@pytest.fixture
def office(
    empty_broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    return Office(tmp_path, empty_broker.bootstrap, monkeypatch, capsys)


def made(bootstrap: str) -> None:
    asyncio.run(create_topics(bootstrap, [TopicSpec(AUDIT, "actor", retention_ms=365 * 86_400_000)], partitions=2))


def remade(office: Office, rows: Rows) -> None:
    """The topic with other records: what somebody does who may administer Kafka."""

    async def write() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=office.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([AUDIT])
            for _ in range(100):
                if AUDIT not in await admin.list_topics():
                    break
                await asyncio.sleep(0.1)
        finally:
            await admin.close()

    asyncio.run(write())
    made(office.bootstrap)

    async def fill() -> None:
        async with AIOKafkaProducer(bootstrap_servers=office.bootstrap, acks="all") as producer:
            for key, value in rows:
                await producer.send_and_wait(AUDIT, value, key=key)

    asyncio.run(fill())


def cut(office: Office, offsets: dict[TopicPartition, int]) -> None:
    """What retention does: the oldest records go."""

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=office.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({place: RecordsToDelete(offset) for place, offset in offsets.items()})
        finally:
            await admin.close()

    asyncio.run(delete())


@pytest.mark.timeout(300)
def test_the_audit_from_the_first_account_to_the_last_trick(office: Office) -> None:
    # Before there is a broker, all works and nothing is forgotten.
    there, office.bootstrap = office.bootstrap, f"127.0.0.1:{free_port()}"
    added = json.loads(office.run("users", "add", "hoa", "--role", "operator", "--centre", "ha-long", "--json"))
    assert len(added["one_time_password"]) == 27
    assert "no centre nowhere" in office.run("users", "add", "x1", "-r", "operator", "-c", "nowhere", code=2)
    assert "no unit none" in office.run("users", "add", "x1", "-r", "handling_unit", "-u", "none", code=2)
    assert "no role king" in office.run("users", "add", "x1", "-r", "king", code=2)
    assert "needs that unit" in office.run("users", "add", "x1", "-r", "handling_unit", code=2)
    assert "is a person's name here" in office.run("keys", "new", "hoa", "-s", "reports:write", code=2)
    assert "is a person's name here" in office.run("keys", "new", "oidc:hoa", "-s", "reports:write", code=2)
    office.run("users", "reset", "hoa", "--by", "chief")
    office.run("users", "disable", "hoa", "--by", "chief")
    assert "there is no account binh" in office.run("users", "disable", "binh", code=1)
    (listed,) = office.run("users", "list", "--json").splitlines()
    assert {name: json.loads(listed)[name] for name in ("name", "roles", "centres", "state")} == {
        "name": "hoa", "roles": ["operator"], "centres": ["ha-long"], "state": "disabled",
    }  # fmt: skip
    assert Pending(folder(office.home)).waiting
    assert "Kafka does not answer" in office.run("audit", "verify", code=69)
    office.bootstrap = there
    made(there)
    # Several at once, each a writer of its own or one after the other.
    processes = [office.start("keys", "new", f"p{n}", "--scope", "reports:write") for n in range(3)]
    assert [process.wait(60) for process in processes] == [0] * 3
    for process in processes:
        process.communicate()
    office.run(
        "keys", "revoke", json.loads(office.run("keys", "list", "--json").splitlines()[0])["id"], "--by", "chief"
    )
    assert "publisher of an API key" in office.run("users", "add", "p1", "-r", "auditor", code=2)
    found = [json.loads(line) for line in office.run("audit", "list", "--since", "1h", "--json").splitlines()]
    assert sorted(each["action"] for each in found) == sorted(
        ["users.add", "users.reset", "users.disable", *["keys.new"] * 3, "keys.revoke", "audit.read"]
    )
    assert [each["action"] for each in found if each["actor"] == "chief"] == [
        "users.reset", "users.disable", "keys.revoke",
    ]  # fmt: skip
    assert added["one_time_password"] not in json.dumps(found)
    assert not Pending(folder(office.home)).waiting
    chief = office.run("audit", "list", "--actor", "chief", "--action", "users.*", "--json").splitlines()
    assert len(chief) == 2
    assert "Every chain holds" in office.run("audit", "verify")
    anchors = office.home / "anchors.jsonl"
    anchors.write_text(office.run("audit", "anchor"))

    rows = office.rows()
    mine = [number for number, (key, _) in enumerate(rows) if key == b"chief"]
    forged = json.loads(rows[mine[1]][1]) | {"object": "somebody-else"}
    tricks: list[tuple[str, Callable[[], Rows]]] = [
        ("record 2 is missing", lambda: [row for n, row in enumerate(rows) if n != mine[1]]),
        ("record 2 was altered", lambda: [
            (key, json.dumps(forged).encode() if n == mine[1] else value) for n, (key, value) in enumerate(rows)
        ]),
        ("cut off", lambda: [row for n, row in enumerate(rows) if n != mine[-1]]),
        ("cut off", list),
    ]  # fmt: skip
    for words, trick in tricks:
        remade(office, trick())
        said = office.run("audit", "verify", code=1)
        assert words in said, said
    # The heads of this machine may go as well: those that were kept elsewhere still tell.
    for path in folder(office.home).glob("*.json"):
        path.unlink()
    remade(office, [row for n, row in enumerate(rows) if n != mine[-1]])
    assert "Every chain holds" in office.run("audit", "verify")
    assert "cut off" in office.run("audit", "verify", "--anchors", str(anchors), code=1)

    # Retention takes the oldest, and is no trick.
    remade(office, rows)
    place = TopicPartition(AUDIT, next(r.partition for r in records(office.bootstrap, AUDIT) if r.key == b"chief"))
    second = next(r.offset for r in records(office.bootstrap, AUDIT) if r.value == rows[mine[1]][1])
    cut(office, {place: second})
    said = office.run("audit", "verify", "--anchors", str(anchors))
    assert "begins at 2 since retention" in said
    assert "Every chain holds" in said
