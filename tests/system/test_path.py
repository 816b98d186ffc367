"""The whole path on a real broker: from a raw record to the right centre's alert, every record accounted for."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.kafka import Broker
from ioc.topics import ALERT_PREFIX, COMMANDS, DLQ, FEEDBACK, INCIDENTS, RAW, RECEIPTS, SIGNALS, changelog_topic
from ioc.vocabulary import SOURCES
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish

SECOND_PROVINCE = Path(__file__).parents[1] / "data" / "second-province"


def now(seconds: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def report(report_id: str, text: str, **fields: Any) -> Event:
    body = {"id": report_id, "occurred_at": now(-5), "text": text, "source": "urn:app"} | fields
    return Event(RAW["reports"], report_id, json.dumps(body, ensure_ascii=False).encode())


def reading(device: str, value: float, at: str, metric: str = "tss") -> Event:
    body = {"device_id": device, "metric": metric, "value": value, "unit": "mg/L", "observed_at": at}
    return Event(RAW["sensors"], device, json.dumps(body).encode())


async def test_a_report_reaches_the_alerts_of_the_centre_in_charge_and_is_answered(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    workers.append(Worker(bootstrap, tmp_path).start())
    await workers[0].ready()
    await publish(bootstrap, [report("r-1", "Cây đổ chắn ngang đường ở phường Bãi Cháy, gọi 0912 345 678")])
    topics = [f"{ALERT_PREFIX}{centre}" for centre in province().centres] + [FEEDBACK, RECEIPTS, INCIDENTS]
    async with Reader(bootstrap, topics) as reader:
        (alert,) = bodies(await reader.until(1, f"{ALERT_PREFIX}ha-long"))
        assert (alert["reason"], alert["category"], alert["commune"]) == ("opened", "urban_infrastructure", "06673")
        assert alert["text"] == "Cây đổ chắn ngang đường ở phường Bãi Cháy, gọi [số điện thoại]"
        incident_id = alert["incident_id"]
        assert [answer["status"] for answer in bodies(await reader.until(2, FEEDBACK))] == ["received", "routed"]
        (receipt,) = bodies(await reader.until(1, RECEIPTS))
        assert (receipt["source"], receipt["id"], receipt["result"]) == ("urn:app", "r-1", "accepted")

        for number, action in enumerate(("acknowledge", "resolve")):
            command = {
                "command_id": f"c-{number}", "incident_id": incident_id, "action": action, "by": "duty", "at": now(),
                "reason": "", "expected_version": None, "arguments": {},
            }  # fmt: skip
            await publish(bootstrap, [Event(COMMANDS, province().province_code, json.dumps(command).encode())])
        incident = bodies(await reader.until(3, INCIDENTS))[-1]
        assert (incident["status"], incident["acknowledged_by"]) == ("resolved", "duty")
        assert bodies(await reader.until(3, FEEDBACK))[-1]["status"] == "resolved"
        records = await reader.all()
        assert {topic: len(found) for topic, found in records.items() if topic.startswith(ALERT_PREFIX) and found} == {
            f"{ALERT_PREFIX}ha-long": 2  # opened, resolved
        }
        assert {(answer["id"], answer["result"]) for answer in bodies(records[RECEIPTS])} == {
            ("r-1", "accepted"),
            ("c-0", "accepted"),
            ("c-1", "accepted"),
        }
    assert workers[0].stop() == 0


async def test_another_province_is_another_folder(empty_broker: Broker, tmp_path: Path, workers: list[Worker]) -> None:
    bootstrap, catalogue = empty_broker.bootstrap, province(SECOND_PROVINCE)
    await make_topics(bootstrap, catalogue)
    workers.append(Worker(bootstrap, tmp_path, folder=SECOND_PROVINCE).start())
    await workers[0].ready()
    events = [
        report("text", "Cháy nhà ở phường Núi Chuông, có người mắc kẹt"),
        report("position", "Ngập sâu, xe chết máy hàng loạt", lat=14.10, lon=107.11),
        report("nowhere", "Mất điện từ tối qua"),
    ]
    await publish(bootstrap, events)
    topics = [f"{ALERT_PREFIX}{centre}" for centre in catalogue.centres]
    async with Reader(bootstrap, topics) as reader:
        (fire,) = bodies(await reader.until(1, f"{ALERT_PREFIX}nui-chuong"))
        (flood,) = bodies(await reader.until(1, f"{ALERT_PREFIX}suoi-bac"))
        (outage,) = bodies(await reader.until(1, f"{ALERT_PREFIX}province"))
    assert (fire["category"], fire["severity"], fire["incident_id"][:8]) == ("fire_rescue", "critical", "97-90003")
    assert (flood["category"], flood["commune"]) == ("disaster", "90001")
    assert (outage["category"], outage["commune"]) == ("power_water", "00000")


async def committed_and_control(bootstrap: str, group: str, topic: str) -> int:
    """Records of a topic below the group's committed offsets, markers of transactions left out."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    await reader.start()
    try:
        await reader._client.add_topic(topic)
        tps = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
        committed = {tp: await consumer.committed(tp) or 0 for tp in tps}
        reader.assign(tps)
        counted = 0
        while any([await reader.position(tp) < committed[tp] for tp in tps]):
            for tp, records in (await reader.getmany(timeout_ms=200)).items():
                counted += sum(record.offset < committed[tp] for record in records)
        return counted
    finally:
        await consumer.stop()
        await reader.stop()


def storm(size: int) -> list[Event]:
    """A mix in which every source has every outcome that it can have."""
    start = datetime.now(UTC) - timedelta(minutes=30)
    events: list[Event] = []
    for n in range(size):
        at = (start + timedelta(seconds=n)).isoformat()
        # A base station's word that is old on arrival raises nothing at once.
        fresh = (start + timedelta(minutes=28, seconds=60 * n / size)).isoformat()
        events += [
            report(f"r-{n}", f"Ổ gà lớn trên đường, đoạn số {n}", lat=20.96, lon=107.03 + n * 0.001),
            reading(f"station-{n % 7}", 900.0 if n % 50 < 5 else 40.0, at),
            Event(
                RAW["cameras"],
                f"cam-{n % 5}",
                json.dumps(
                    {"id": f"e-{n}", "camera_id": f"cam-{n % 5}", "kind": "accident" if n % 20 == 0 else "bird",
                     "observed_at": at, "confidence": 0.95}
                ).encode(),
            ),
            Event(
                RAW["bts"],
                f"site-{n % 9}",
                json.dumps(
                    {"site_id": f"site-{n % 9}", "operator": "op", "technology": "4G", "observed_at": fresh,
                     "state": "out_of_service" if n % 40 < 9 else "in_service"}
                ).encode(),
            ),
            Event(
                RAW["gate"],
                "gate-1",
                json.dumps(
                    {"gate_id": "gate-1", "direction": "out", "kind": "queue", "observed_at": at,
                     "vehicles_waiting": 600 if n > size / 2 else 3}
                ).encode(),
            ),
            Event(
                RAW["security"],
                "host-1",
                json.dumps(
                    {"id": f"s-{n}", "asset_id": "host-1", "kind": "bruteforce",
                     "severity": "critical" if n % 30 == 0 else "low", "observed_at": at}
                ).encode(),
            ),
        ]  # fmt: skip
        if n % 10 == 0:
            events += [events[-6], events[-4], events[-1]]  # sent twice
        if n % 25 == 0:
            events += [Event(topic, "bad", b'{"id":"bad"') for topic in RAW.values()]
    return events


async def test_every_record_is_accounted_for_after_kills(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker], *, long_run: bool
) -> None:
    """consumed = signal + quiet + duplicate + rejected per source; and nothing is lost or doubled."""
    bootstrap = empty_broker.bootstrap
    await make_topics(bootstrap, province())
    worker = Worker(bootstrap, tmp_path)
    workers.append(worker)
    size = 5000 if long_run else 300
    events = storm(size)
    parts = [events[i::4] for i in range(4)]
    for n, part in enumerate(parts):
        worker.start()
        if n == 0:
            await worker.ready()
        sending = asyncio.create_task(publish(bootstrap, part))
        await asyncio.sleep(0.3 * n)  # another moment of the start or of a round each time
        if n < len(parts) - 1:
            worker.kill()
        await sending
    await worker.ready()
    sent = Counter(event.topic for event in events)
    topics = [SIGNALS, DLQ, RECEIPTS, *(changelog_topic(f"intake-{source}") for source in SOURCES)]
    async with Reader(bootstrap, topics) as reader:
        totals = await settled(worker, sum(sent.values()))
        records = await reader.all()
    consumed = {source: sum(totals[source].values()) for source in SOURCES}
    assert consumed == {source: sent[RAW[source]] for source in SOURCES}
    for source in SOURCES:
        assert await committed_and_control(bootstrap, "ioc", RAW[source]) == consumed[source]
        assert all(totals[source][outcome] > 0 for outcome in ("signal", "rejected")), source
    signals = bodies(records[SIGNALS])
    identities = [signal["signal_id"] for signal in signals]
    assert len(identities) == len(set(identities))
    reports = [signal["event_id"] for signal in signals if signal["kind"] == "citizen_report"]
    assert sorted(reports) == sorted(f"r-{n}" for n in range(size))
    dead = Counter(dict(record.headers)["__connect.errors.topic"].decode() for record in records[DLQ])
    assert dead == {RAW[source]: int(totals[source]["rejected"]) for source in SOURCES}
    assert all(record.value == b'{"id":"bad"' for record in records[DLQ])
    assert worker.stop() == 0


async def settled(worker: Worker, expected: int) -> dict[str, Counter[str]]:
    """The exported totals once they have reached what was sent, or what they are after a while."""
    totals: dict[str, Counter[str]] = {}
    for _ in range(300):
        totals = {source: Counter() for source in SOURCES}
        for name, value in (await asyncio.to_thread(worker.metrics)).items():
            if name.startswith("ioc_events_total"):
                _, outcome, _, source, _ = name.split('"')
                totals[source][outcome] += int(value)
        if sum(sum(counts.values()) for counts in totals.values()) >= expected:
            break
        await asyncio.sleep(0.1)
    return totals
