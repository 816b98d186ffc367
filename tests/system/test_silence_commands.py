"""``ioc silence`` and ``ioc emergency`` against a gateway and a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.errors import EXIT_FAILED, EXIT_OK
from connectors.cli.main import run
from connectors.gateway.keys import KEYS_FILE
from deploy.local.kafka import Broker
from tests.system.gateway import Gateway, running
from tests.system.product import Worker, make_topics, province

Ask = Callable[..., tuple[int, str, str]]


async def test_silences_and_modes_are_set_listed_and_ended(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bootstrap, catalogue = empty_broker.bootstrap, province()
    await make_topics(bootstrap, catalogue)
    worker = Worker(bootstrap, tmp_path / "worker").start()
    workers.append(worker)
    await worker.ready()

    def ask(*words: str) -> tuple[int, str, str]:
        code = run(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    def talk(gateway: Gateway) -> None:
        assert (gateway.home / KEYS_FILE).exists()
        monkeypatch.setenv("IOC_URL", f"http://127.0.0.1:{gateway.port}")
        monkeypatch.setenv("IOC_KEY", gateway.token)
        _silences(ask)
        _modes(ask)

    with running(tmp_path / "gateway", bootstrap, tuple(catalogue.centres)) as gateway:
        await asyncio.to_thread(talk, gateway)
    assert worker.stop() == 0


def _rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def _silences(ask: Ask) -> None:
    code, out, err = ask(
        "silence", "add", "category = power_water", "severity != critical", "--for", "4h", "--owner", "Điện lực",
        "--reason", "Cắt điện", "--centre", "ha-long", "--window", "mon-fri 22:00-05:00",
    )  # fmt: skip
    assert code == EXIT_OK, err
    name = out.strip()
    assert name.startswith("22-silence-")
    (row,) = _rows(ask("silence", "list", "--json")[1])
    assert (row["silence_id"], row["centres"], row["owner"]) == (name, ["ha-long"], "Điện lực")
    assert row["windows"] == [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "22:00", "end": "05:00"}]
    assert "power_water" in ask("silence", "list")[1]
    assert ask("silence", "expire", name, "--reason", "xong")[0] == EXIT_OK
    assert "Nothing is silenced" in ask("silence", "list")[2]
    assert _rows(ask("silence", "list", "--over", "--json")[1])[0]["ended_by"] == "tests"
    code, _, err = ask("silence", "expire", name)
    assert (code, "ended already" in err) == (EXIT_FAILED, True)
    # What the worker alone knows to be wrong is no silence either.
    words = ("silence", "add", "colour = red", "--for", "4h", "--owner", "x", "--reason", "y")
    code, _, err = ask(*words)
    assert (code, "/matchers" in err, "'colour'" in err) == (EXIT_FAILED, True, True)


def _modes(ask: Ask) -> None:
    code, out, err = ask("emergency", "on", "--for", "2h", "--owner", "Tỉnh", "--reason", "Bão", "--centre", "mong-cai")
    assert code == EXIT_OK, err
    name = out.strip()
    (row,) = _rows(ask("emergency", "list", "--json")[1])
    assert (row["silence_id"], row["kind"], row["centres"]) == (name, "emergency", ["mong-cai"])
    assert ask("silence", "list")[1] == ""
    assert ask("emergency", "off", name)[0] == EXIT_OK
    assert "No emergency mode" in ask("emergency", "list")[2]
