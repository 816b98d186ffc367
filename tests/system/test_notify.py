"""Those outside are told: real Kafka, a real mail server, real HTTP receivers; kills, refusals and repetitions."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from deploy.local.ports import LOOPBACK, free_port
from ioc.topics import alert_topic
from tests.system.product import asked, make_topics, province
from tests.system.receiver import Receiver

_WAIT_S = 60
SECRET = "không ai đoán được"


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 taken"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@dataclass
class Notifier:
    """An ``ioc notify run`` process with a home of its own."""

    home: Path
    bootstrap: str
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)

    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
            "IOC_HOME": str(self.home),
            "IOC_KAFKA_BOOTSTRAP": self.bootstrap,
            "IOC_NOTIFY__METRICS_PORT": str(self.port),
            "IOC_NOTIFY__SECRETS": str(self.home / "secrets"),
            "IOC_NOTIFY__INSIDE": LOOPBACK,
            **self.settings,
        }

    def subscribe(self, text: str) -> None:
        part = self.home / "part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.home / "notify.yaml")

    def start(self) -> Notifier:
        with (self.home / "notify.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "connectors.cli.main", "notify", "run"], env=self.environment(), stdout=log,
                stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        until(lambda: asked(self.port, "/readyz")[0] == 200, self.log)
        return self

    def log(self) -> str:
        return (self.home / "notify.log").read_text()[-3000:]

    def kill(self, number: int = signal.SIGKILL) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def ioc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "connectors.cli.main", "notify", *arguments], env=self.environment(),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def until(fits: Callable[[], bool], why: Callable[[], str]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not fits():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


@pytest.fixture
def notifier(tmp_path: Path, bootstrap: str) -> Iterator[Notifier]:
    asyncio.run(make_topics(bootstrap, province()))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "desk").write_text(SECRET + "\n", encoding="utf-8")
    found = Notifier(tmp_path, bootstrap, {})
    yield found
    if found.process is not None and found.process.poll() is None:
        found.process.kill()
        found.process.wait(10)


def publish(bootstrap: str, *alerts: dict[str, Any]) -> None:
    """Write alerts as the worker does: whole transactions, one of which is thrown away."""

    async def write() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"test-{secrets.token_hex(4)}")
        await producer.start()
        topic = alert_topic(centre())
        try:
            await producer.begin_transaction()
            await producer.send_and_wait(topic, json.dumps(alert("taken back")).encode(), key=b"i", partition=0)
            await producer.abort_transaction()
            async with producer.transaction():
                for each in alerts:
                    await producer.send(topic, json.dumps(each).encode(), key=b"i", partition=0)
        finally:
            await producer.stop()

    asyncio.run(write())


def centre() -> str:
    return next(iter(province().centres))


def alert(title: str, **changes: Any) -> dict[str, Any]:
    return {
        "alert_id": secrets.token_hex(6), "incident_id": f"i-{secrets.token_hex(4)}", "reason": "opened",
        "at": datetime.now(UTC).isoformat(), "centre": centre(), "severity": "high", "category": "traffic",
        "subcategory": "road_damage", "status": "routed", "commune": "", "title": title, "text": "Xe không đi được",
        "sources": ["reports"], "evidence_count": 1, "version": 1,
    } | changes  # fmt: skip


def titles(receiver: Receiver) -> list[str]:
    return [each["annotations"]["summary"] for _, _, body in receiver.taken() for each in json.loads(body)["alerts"]]


def hook(receiver: Receiver, extra: str = "") -> str:
    return (
        "subscriptions:\n  - name: desk\n    sink: alertmanager\n    secret: desk\n"
        f"    to: http://{LOOPBACK}:{receiver.port}/hook\n    match: {{subcategories: [road_damage]}}\n{extra}"
    )


def test_a_web_hook_gets_every_alert_once_over_refusals_and_kills(notifier: Notifier, receiver: Receiver) -> None:
    publish(notifier.bootstrap, alert("from before"))
    notifier.subscribe(hook(receiver))
    notifier.start()
    receiver.answers = [503, 429, 200]
    publish(notifier.bootstrap, alert("first"), alert("of no interest", subcategory="other"))
    until(lambda: len(receiver.requests) >= 1, notifier.log)
    notifier.kill()
    publish(notifier.bootstrap, alert("while it was dead"))
    notifier.start()
    until(lambda: "while it was dead" in titles(receiver), notifier.log)
    assert titles(receiver) == ["first", "while it was dead"]
    of_first = {headers["webhook-id"] for _, headers, body, _ in receiver.requests if b"first" in body}
    assert len(of_first) == 1, "one message, however often it was sent"
    for path, headers, body in receiver.taken():
        assert path == "/hook"
        signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        digest = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < _WAIT_S
    # Read again from the very beginning of the outbox's memory: nothing is sent twice.
    notifier.kill(signal.SIGTERM)
    known = {headers["webhook-id"] for _, headers, _ in receiver.taken()}
    notifier.start()
    publish(notifier.bootstrap, alert("last"))
    until(lambda: "last" in titles(receiver), notifier.log)
    # One that was ended before it had written down the answer asks again, with the id that the receiver knows.
    now = {headers["webhook-id"]: body for _, headers, body in receiver.taken()}
    assert [b"last" in body for name, body in now.items() if name not in known] == [True]
    counted = re.compile(r'ioc_notifications_total\{outcome="sent",subscription="desk"\} [1-9]')
    until(lambda: counted.search(asked(notifier.port, "/metrics")[1]) is not None, notifier.log)
    assert 'ioc_notifications_open{subscription="desk"} 0.0' in asked(notifier.port, "/metrics")[1]


def test_what_is_given_up_is_told_and_can_be_sent_again(notifier: Notifier, receiver: Receiver) -> None:
    receiver.answers = [410]
    notifier.subscribe(hook(receiver))
    notifier.start()
    publish(notifier.bootstrap, alert("lost?"))
    until(lambda: 'outcome="dead",subscription="desk"} 1.0' in asked(notifier.port, "/metrics")[1], notifier.log)
    told = notifier.ioc("status", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["desk"]["dead"] == 1
    (entry,) = map(json.loads, notifier.ioc("list").stdout.splitlines())
    assert (entry["title"], entry["reason"]) == ("lost?", "the receiver answered 410")
    assert "1 alerts wait again" in notifier.ioc("replay", "--id", str(entry["id"])).stdout
    until(lambda: titles(receiver) == ["lost?"], notifier.log)
    assert notifier.ioc("status").returncode == 0


def test_an_address_inside_is_never_asked(notifier: Notifier, receiver: Receiver) -> None:
    notifier.settings["IOC_NOTIFY__INSIDE"] = "192.0.2.1"
    notifier.subscribe(hook(receiver))
    notifier.start()
    publish(notifier.bootstrap, alert("not for them"))
    until(lambda: 'outcome="dead",subscription="desk"} 1.0' in asked(notifier.port, "/metrics")[1], notifier.log)
    assert "is inside" in json.loads(notifier.ioc("list").stdout)["reason"]
    assert not receiver.requests


def test_mail_a_bot_and_a_file_that_changes(notifier: Notifier, receiver: Receiver) -> None:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=LOOPBACK, port=free_port())
    controller.start()
    notifier.settings |= {
        "IOC_NOTIFY__SMTP_HOST": LOOPBACK, "IOC_NOTIFY__SMTP_PORT": str(controller.port),
        "IOC_NOTIFY__SMTP_SECURITY": "none", "IOC_NOTIFY__MAIL_FROM": "IOC <ioc@example.vn>",
        "IOC_NOTIFY__PUBLIC_URL": "https://ioc.example.vn",
    }  # fmt: skip
    mail = "subscriptions:\n  - {name: mail, sink: email, to: [truc@example.vn, phong@example.vn]}\n"
    try:
        notifier.subscribe(mail)
        notifier.start()
        incident = alert("Ngập sâu ở ngã tư")
        publish(notifier.bootstrap, incident)
        until(lambda: len(mailbox.envelopes) == 1, notifier.log)
        (envelope,) = mailbox.envelopes
        assert envelope.rcpt_tos == ["truc@example.vn", "phong@example.vn"]
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert letter["Subject"] == "[CAO] Ngập sâu ở ngã tư"
        said = letter.get_content()
        assert f"https://ioc.example.vn/#/incidents/{incident['incident_id']}" in said
        assert province().centres[centre()].name in said

        bot = (
            "  - name: bot\n    sink: bot\n    secret: desk\n"
            f"    to: http://{LOOPBACK}:{receiver.port}/bot/send\n"
            '    headers: {x-token: "t"}\n    body: {chat_id: 7, text: "${text}"}\n'
        )
        notifier.subscribe(mail + bot)
        until(lambda: 'ioc_notifications_open{subscription="bot"}' in asked(notifier.port, "/metrics")[1], notifier.log)
        publish(notifier.bootstrap, alert("Cháy lớn"))
        until(lambda: len(receiver.requests) == 1 and len(mailbox.envelopes) == 2, notifier.log)
        path, headers, body, _ = receiver.requests[0]
        assert (path, headers["x-token"], json.loads(body)["chat_id"]) == ("/bot/send", "t", 7)
        assert "[CAO · mới] Cháy lớn" in json.loads(body)["text"]

        # A file that cannot be used changes nothing, and is told.
        notifier.subscribe(mail + bot.replace("chat_id: 7", 'chat_id: "${nobody}"'))
        until(lambda: "subscriptions_refused" in notifier.log(), notifier.log)
        assert "$nobody is none of" in notifier.ioc("check").stderr
        publish(notifier.bootstrap, alert("Vẫn đến"))
        until(lambda: len(receiver.requests) == 2, notifier.log)
        tested = notifier.ioc("test", "mail")
        assert tested.returncode == 78
        notifier.subscribe(mail)
        assert notifier.ioc("test", "mail").stdout.strip() == "taken"
    finally:
        controller.stop()


def test_two_do_not_send_from_one_outbox(notifier: Notifier, receiver: Receiver) -> None:
    notifier.subscribe(hook(receiver))
    notifier.start()
    second = notifier.ioc("run")
    assert second.returncode == 69
    assert "another `ioc notify run`" in second.stderr
    assert notifier.kill(signal.SIGTERM) == 0
