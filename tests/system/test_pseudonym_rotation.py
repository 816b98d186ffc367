"""A worker that comes back with a new pseudonym key knows the reporters of before: a burst goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.kafka import Broker
from ioc.classify.pseudonym import Pseudonyms
from ioc.topics import INCIDENTS, RAW, SIGNALS
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

OLD, NEW = "the key of the last year", "the key of this year"


def unclear(name: str) -> Event:
    """A report that says nothing and is nowhere: only its reporter can join it to another."""
    body = {
        "id": name, "occurred_at": datetime.now(UTC).isoformat(), "text": "ôi", "source": "urn:app",
        "reporter": {"phone": "0912345678"},
    }  # fmt: skip
    return Event(RAW["reports"], name, json.dumps(body).encode())


async def test_a_burst_goes_on_with_another_key(empty_broker: Broker, tmp_path: Path) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    async with Reader(bootstrap, [SIGNALS, INCIDENTS]) as reader:
        first = await Worker(bootstrap, tmp_path, IOC_PRIVACY__PSEUDONYM_KEY=OLD).start().ready()
        await publish(bootstrap, [unclear("one")])
        await reader.until(1, INCIDENTS)
        assert first.stop() == 0

        rotated = {"IOC_PRIVACY__PSEUDONYM_KEY": NEW, "IOC_PRIVACY__PREVIOUS_PSEUDONYM_KEYS": OLD}
        second = await Worker(bootstrap, tmp_path, **rotated).start().ready()
        await publish(bootstrap, [unclear("two")])
        before, after = bodies(await reader.until(2, SIGNALS))
        incident = bodies(await reader.until(2, INCIDENTS))[-1]
        assert second.stop() == 0
    words = Pseudonyms([OLD.encode(), NEW.encode()]).under_each("urn:app", "+84 912 345 678")
    assert [before["reporter"], after["reporter"]] == words
    assert (incident["evidence_count"], incident["reporters"]) == (2, 1)
