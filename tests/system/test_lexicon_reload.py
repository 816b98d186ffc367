"""An operator edits the lexicon under a running worker: taken up, refused where it is wrong, taken up when mended."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from deploy.local.kafka import Broker
from ioc.classify import Lexicon
from ioc.topics import DECISIONS, RAW, SIGNALS
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish
from tests.system.words import new_word

TEXT = "Tổ dân phố báo có zumbalo ở phường Bãi Cháy"
"""No shipped phrase and no training text has the word: only what an operator adds can decide by it."""

SECTION = "groups:\n"


def with_phrase(raw: str, category: str, subcategory: str) -> str:
    """The lexicon with the word as a phrase that decides."""
    group = f"{{category: {category}, subcategory: {subcategory}, severity: high, weight: 5, phrases: [zumbalo]}}"
    return raw.replace(SECTION, f"{SECTION}  - {group}\n", 1)


def version(raw: str) -> str:
    return Lexicon.load(raw.encode()).version


@pytest.fixture
def lexicon(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.yaml"
    path.write_bytes((files("ioc.classify") / "data" / "lexicon.yaml").read_bytes())
    return path


@pytest.fixture
def worker(empty_broker: Broker, tmp_path: Path, lexicon: Path) -> Iterator[Worker]:
    asyncio.run(make_topics(empty_broker.bootstrap, province()))
    worker = Worker(empty_broker.bootstrap, tmp_path / "worker", IOC_CLASSIFY__LEXICON=str(lexicon)).start()
    try:
        asyncio.run(worker.ready())
        yield worker
    finally:
        worker.end()


def until(worker: Worker, fulfilled: Callable[[], bool]) -> None:
    """Look until it is so; the file is looked at every two seconds."""
    deadline = time.monotonic() + 30
    while not fulfilled():
        assert time.monotonic() < deadline, worker.log.read_text()[-3000:]
        time.sleep(0.05)


def shows(worker: Worker, lexicon: str, *, up: bool) -> bool:
    """Whether the metrics name this version, no other, and say whether the file is the one in force."""
    found = worker.metrics()
    named = [name for name in found if name.startswith("ioc_classifier_info{")]
    return len(named) == 1 and f'lexicon="{lexicon}"' in named[0] and found["ioc_lexicon_up"] == up


def test_an_edited_lexicon_is_in_force_without_a_restart(worker: Worker, lexicon: Path, empty_broker: Broker) -> None:
    bootstrap = empty_broker.bootstrap
    shipped = lexicon.read_text()

    def said() -> dict[str, Any]:
        """What the wording is taken for now: its signal, whose decision names the same versions."""
        return asyncio.run(judged(bootstrap))

    until(worker, lambda: shows(worker, version(shipped), up=True))
    before = said()
    assert before["versions"]["lexicon"] == version(shipped)
    assert before["category"] != "telecom"

    edited = with_phrase(shipped, "telecom", "bts")
    lexicon.write_text(edited)
    until(worker, lambda: shows(worker, version(edited), up=True))
    assert f"lexicon {version(edited)} is in force" in worker.log.read_text()
    first = said()
    assert (first["category"], first["subcategory"], first["severity"]) == ("telecom", "bts", "high")
    assert first["versions"] == before["versions"] | {"lexicon": version(edited)}
    assert "telecom/bts" in json.dumps(first["evidence"]["words"])

    line = edited[: edited.index("negations:")].count("\n") + 1
    lexicon.write_text(edited.replace("negations:", "negation:"))
    until(worker, lambda: shows(worker, version(edited), up=False))
    assert f"{lexicon} was refused: lexicon, line {line}: 'negation' is none of" in worker.log.read_text()
    assert f"lexicon {version(edited)} stays in force" in worker.log.read_text()
    assert said()["versions"]["lexicon"] == version(edited)
    lexicon.write_text(edited + "groups: []\n")
    until(worker, lambda: "'groups' stands twice" in worker.log.read_text())
    still = said()
    assert (still["category"], still["versions"]) == ("telecom", first["versions"])
    assert worker.get("/readyz")[0] == 200

    mended = with_phrase(shipped, "tourism", "beach")
    other = lexicon.with_suffix(".new")
    other.write_text(mended)
    other.replace(lexicon)  # as editors save
    until(worker, lambda: shows(worker, version(mended), up=True))
    last = said()
    assert (last["category"], last["versions"]["lexicon"]) == ("tourism", version(mended))
    assert worker.stop() == 0


async def judged(bootstrap: str) -> dict[str, Any]:
    """Publish the wording once more and wait for what becomes of it."""
    report_id = f"r-{new_word()}"
    body = {"id": report_id, "occurred_at": datetime.now(UTC).isoformat(), "text": TEXT, "source": "urn:app"}
    await publish(bootstrap, [Event(RAW["reports"], report_id, json.dumps(body).encode())])
    async with Reader(bootstrap, [SIGNALS, DECISIONS]) as reader:
        decisions = await of_report(reader, DECISIONS, report_id)
        (signal,) = await of_report(reader, SIGNALS, report_id)
    for decision in decisions:
        assert signal["versions"].items() <= decision["versions"].items()
    return signal


async def of_report(reader: Reader, topic: str, report_id: str) -> list[dict[str, Any]]:
    """What a topic has about a report, once it has something."""
    count = 0
    while True:
        count += 1
        found = [body for body in bodies(await reader.until(count, topic)) if body["event_id"] == report_id]
        if found:
            return found
