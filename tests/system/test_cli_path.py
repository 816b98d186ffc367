"""The commands against the product as `ioc up` starts it: what is sent comes out at the right centre's watch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import pytest

from connectors.cli import main
from deploy.local.kafka import Broker
from tests.system.test_up import Up

pytestmark = pytest.mark.timeout(400)

PROGRAM = (sys.executable, "-m", "connectors.cli.main")
PATIENCE_S = 60


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> Iterator[Up]:
    """One start for all tests here."""
    assert broker.running  # so that jars and Java are there
    up = Up(tmp_path_factory.mktemp("home"))
    up.start()
    yield up
    assert up.process is not None
    up.process.send_signal(signal.SIGTERM)
    up.process.wait(PATIENCE_S)


@dataclass
class Terminal:
    """Commands as typed in another terminal of the same user."""

    up: Up
    output: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = self.output.readouterr()
        return code, captured.out, captured.err


@pytest.fixture
def terminal(stand: Up, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for name, value in stand.environment().items():
        if name.startswith("IOC_"):
            monkeypatch.setenv(name, value)
    return Terminal(stand, capsys)


@dataclass
class Watch:
    """An ``ioc watch --json`` that is connected when it is entered."""

    arguments: tuple[str, ...]
    connected: Event = field(default_factory=Event)
    lost: Event = field(default_factory=Event)
    heard: list[str] = field(default_factory=list)
    """What it said beside the alerts: tells where it waited when an alert did not come."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*PROGRAM, "watch", "--json", *self.arguments],
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.reader = Thread(target=self._listen)
        self.reader.start()
        assert self.connected.wait(PATIENCE_S)
        return self

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.heard.append(line)
            if "connection lost" in line:
                self.lost.set()
            elif "connected" in line:
                self.connected.set()

    def alerts(self) -> tuple[int, list[dict[str, Any]]]:
        """Its exit code and what it printed, once it ends."""
        assert self.process.stdout is not None
        printed = self.process.stdout.read()
        return self.process.wait(PATIENCE_S), [json.loads(line) for line in printed.splitlines()]

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def live(count: int, *arguments: str) -> Watch:
    return Watch(("--count", str(count), "--timeout", str(PATIENCE_S), *arguments))


def test_a_report_is_understood_and_stands_in_its_centres_watch(terminal: Terminal) -> None:
    with live(1, "--centre", "ha-long") as watch:
        code, out, _ = terminal.run("send", "report", "--text", "Cây đổ chắn ngang đường ở phường Bãi Cháy")
        ended, alerts = watch.alerts()

    assert code == 0
    for words in ("accepted", "urban_infrastructure · hạ tầng đô thị", "Phường Bãi Cháy", "expected by", "Dự kiến"):
        assert words in out
    assert ended == 0
    (alert,) = alerts
    assert alert["title"] == "Cây đổ chắn ngang đường ở phường Bãi Cháy"
    assert alert["incident_id"] in out
    assert (alert["centre"], alert["reason"]) == ("ha-long", "opened")


def test_a_bad_event_is_told_by_field_and_reason_and_nothing_is_quoted(terminal: Terminal) -> None:
    body = '{"id":"r-bad","text":"0912345678","occurred_at":"2026-11-22T10:00:00"}'
    code, out, err = terminal.run("send", "report", "--json", body)
    assert code == 1
    assert "/occurred_at" in out + err
    assert "0912345678" not in out + err

    code, out, _ = terminal.run("send", "report", "--json", body, "--kafka")
    assert code == 1
    assert "rejected" in out
    assert "/occurred_at" in out
    code, out, _ = terminal.run("dlq", "list", "--source", "reports", "--json")
    assert json.loads(out)["pointer"] == "/occurred_at"


def test_a_report_straight_to_kafka_is_answered_too(terminal: Terminal) -> None:
    code, out, _ = terminal.run("send", "report", "--kafka", "--text", "Mất điện ở phường Cẩm Phả", "--id", "k-1")
    assert code == 0
    assert "written  ioc.raw.reports-" in out
    assert "power_water" in out

    code, out, _ = terminal.run("send", "report", "--kafka", "--text", "Mất điện", "--id", "k-1")
    assert code == 0
    assert "duplicate_of" in out


def test_watching_goes_on_after_the_gateway_died_without_gap_or_repeat(terminal: Terminal) -> None:
    with live(2, "--centre", "mong-cai") as watch:
        terminal.run("send", "report", "--text", "Ngập sâu ở phường Móng Cái 1", "--no-wait", "--kafka")
        os.kill(terminal.up.child("gateway").pid, signal.SIGKILL)
        assert watch.lost.wait(PATIENCE_S)
        terminal.run("send", "report", "--text", "Đánh nhau ở phường Móng Cái 3", "--no-wait", "--kafka")
        ended, alerts = watch.alerts()
    assert ended == 0, (alerts, watch.heard)
    assert [alert["title"] for alert in alerts] == ["Ngập sâu ở phường Móng Cái 1", "Đánh nhau ở phường Móng Cái 3"]
    terminal.up.wait_for(lambda: terminal.up.get("IOC_GATEWAY__PORT", "/readyz") == 200)


def test_history_is_the_same_from_the_gateway_and_from_kafka(terminal: Terminal) -> None:
    terminal.run("send", "report", "--text", "Trộm xe máy ở phường Uông Bí")
    arguments = ("watch", "--json", "--centre", "uong-bi", "--history", "1", "--count", "1", "--timeout", "30")
    by_gateway, by_kafka = terminal.run(*arguments), terminal.run(*arguments, "--kafka")
    assert by_gateway[0] == by_kafka[0] == 0
    assert json.loads(by_gateway[1]) == json.loads(by_kafka[1])


def test_an_unknown_centre_or_key_is_refused_at_once(terminal: Terminal) -> None:
    assert terminal.run("watch", "--json", "--centre", "nowhere")[0] == 1
    assert terminal.run("watch", "--json", "--centre", "nowhere", "--kafka")[0] == 2
    code, _, err = terminal.run("watch", "--json", "--key", "ioc_000000000000_" + "x" * 43)
    assert code == 77
    assert "refuses the key" in err


def test_a_watch_ends_by_sigterm_and_by_its_time(terminal: Terminal) -> None:
    with Watch(()) as watch:
        watch.process.send_signal(signal.SIGTERM)
        assert watch.alerts() == (143, [])
    assert terminal.run("watch", "--json", "--timeout", "1", "--severity", "low")[0] == 0
    assert terminal.run("watch", "--json", "--timeout", "1", "--count", "99")[0] == 1


def test_a_key_opens_what_it_was_made_for_until_it_is_revoked(terminal: Terminal) -> None:
    code, made, _ = terminal.run("keys", "new", "app.some", "--scope", "reports:write", "--json")
    key = json.loads(made)
    assert code == 0
    send = ("send", "report", "--text", "Ổ gà lớn", "--no-wait", "--key", key["token"])
    assert terminal.run(*send)[0] == 0
    assert terminal.run("send", "bts", "--json", "{}", "--key", key["token"])[0] == 77

    _, listed, _ = terminal.run("keys", "list", "--json")
    assert key["token"].rsplit("_", 1)[1] not in listed
    assert terminal.run("keys", "revoke", key["id"])[0] == 0
    assert terminal.run(*send)[0] == 77


def test_the_doctor_is_content_and_says_what_to_do_when_he_is_not(terminal: Terminal) -> None:
    code, out, _ = terminal.run("doctor", "--json")
    report = json.loads(out)
    assert code == 0, report
    assert {finding["part"] for finding in report["findings"]} >= {"kafka", "topics", "group", "gateway", "worker"}

    keys = terminal.up.home / "keys.json"
    Path(keys).chmod(0o644)
    code, out, _ = terminal.run("doctor")
    Path(keys).chmod(0o600)
    assert code == 1
    assert "chmod 600" in out
    assert "1 wrong" in out


@pytest.mark.parametrize(("way", "seed"), [("--kafka", "5"), ("--gateway", "6")])
def test_every_simulated_event_is_accounted_for(way: str, seed: str, terminal: Terminal) -> None:
    """Another seed the second time: what the first left beyond a limit would be no news."""
    before = totals(terminal.up)
    arguments = ("simulate", way, "--rate", "300", "--seconds", "2", "--seed", seed, "--json")
    process = subprocess.run([*PROGRAM, *arguments], env=dict(os.environ), capture_output=True, check=False)
    summary = json.loads(process.stdout)
    assert summary["sent"] == sum(summary["events"].values()) == 600
    assert summary["failed"] == {}

    deadline = time.monotonic() + PATIENCE_S
    signals = quiet = rejected = 0
    while signals + quiet + rejected < 600:
        assert time.monotonic() < deadline, (signals, quiet, rejected)
        time.sleep(0.1)
        new = [now - then for now, then in zip(totals(terminal.up), before, strict=True)]
        signals, quiet, _, rejected = new  # a request that timed out was repeated: that makes duplicates, and no more
    assert (signals + quiet, rejected) == (600, 0)
    assert signals >= sum(summary["planted"].values())


def totals(up: Up) -> list[int]:
    """Events of all sources by outcome: signal, quiet, duplicate, rejected."""
    url = f"http://127.0.0.1:{up.ports['IOC_WORKER__METRICS_PORT']}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return [
        sum(
            int(float(line.rsplit(" ", 1)[1]))
            for line in lines
            if line.startswith("ioc_events_total{") and f'outcome="{outcome}"' in line
        )
        for outcome in ("signal", "quiet", "duplicate", "rejected")
    ]
