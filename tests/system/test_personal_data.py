"""No byte of what intake writes holds personal data: every open topic, every log, every metric is searched for it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from ioc.events.identifiers import HASHED_PLATE
from ioc.text.normalise import fold
from ioc.topics import DLQ, RAW, RECEIPTS, SIGNALS
from tests.system.product import Event, Reader, publish
from tests.system.running import Running

PHONES = (
    "0912345678", "0987 654 321", "0356.789.123", "+84 705 112 233", "(+84) 778-990-011", "84 818 223 344",
    "09 43 55 66 77", "o962l17788", "không chín bảy một hai hai ba ba bốn bốn",
)  # fmt: skip
NAMES = ("Nguyễn Thị Bích Hồng", "Trần Văn Khoát", "Bùi Gia Khiêm", "Ingrid Halvorsen", "nguyen van thuoc")
PLATES = ("14A-123.45", "14b1 98765", "29LD-543.21", "14C 456.78", "14A-707.07")
PAPERS = ("022190001234", "022 190 005 678", "101234567")
MAILS = ("bich.hong88@gmail.com", "khoat.tv a còng gmail chấm com")

STRAIGHT = "cam-pii-straight"
"""The one camera whose platform writes to Kafka by itself, plates and all."""

_APART = re.compile(r"[\s.\-_()/\\]+")
_SPOKEN = "chin bay mot hai hai ba ba bon bon"
_DLQ_TEXTS = ("__connect.errors.exception", "ioc.error")


def _needles() -> Iterator[str]:
    """What must not be found in a text without spaces, dots, dashes, marks and capitals."""
    for phone in PHONES[:-1]:
        yield re.sub(r"\D", "", phone.replace("o", "0").replace("l", "1"))[-9:]
    yield "o962l17788"
    for words in (*NAMES, *PLATES, *PAPERS, *MAILS, _SPOKEN):
        yield _APART.sub("", fold(words).replace("@", " "))


def leaks(text: str) -> list[str]:
    """Planted values in a text, in whatever spelling."""
    bare = _APART.sub("", fold(text))
    return [needle for needle in _needles() if needle in bare]


def now() -> str:
    return datetime.now(UTC).isoformat()


def reports() -> list[dict[str, Any]]:
    """Reports with personal data in the text and in every field that may hold some."""
    texts = [
        *(f"Cây đổ ở phường Bãi Cháy, gọi {phone} nhé" for phone in PHONES),
        f"Tôi là {NAMES[0]}, cccd {PAPERS[0]}, đường ngập sâu",
        f"Anh {NAMES[1]} đổ rác ra đường, xe {PLATES[0]}",
        f"Mất điện, chủ hộ tên {NAMES[2]}, cmnd {PAPERS[2]}, mail {MAILS[0]}",
        f"Power cut at my house. My name is {NAMES[3]}",
        f"toi ten la {NAMES[4]}, xe {PLATES[1]} do chan via he, can cuoc {PAPERS[1]}",
        f"xe tải {PLATES[2]} và xe {PLATES[3]} chở quá tải, thư về {MAILS[1]}",
    ]
    reporter = {"id": PHONES[0], "name": NAMES[0], "phone": PHONES[3], "email": MAILS[0]}
    return [
        {
            "id": f"pii-{number}", "occurred_at": now(), "text": text, "reporter": reporter,
            "address": f"số 12 ngõ 3 phố Lê Lai, nhà {NAMES[1]}, {PHONES[1]}",
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip


def machines() -> list[tuple[str, dict[str, Any]]]:
    """Events of machines in which people and cameras put what they saw."""
    return [
        (
            "cameras",
            {
                "id": "pii-c1", "camera_id": "cam-pii", "kind": "fire", "observed_at": now(), "confidence": 0.95,
                "label": f"anh {NAMES[1]} {PHONES[2]}", "zone": f"nhà bà {NAMES[0]}", "plate": PLATES[0],
            },
        ),
        (
            "cameras",
            {
                "id": "pii-c2", "camera_id": "cam-pii", "kind": "wrong_way", "observed_at": now(), "confidence": 0.95,
                "label": f"xe {PLATES[1]}", "plate": PLATES[1], "license_plate": PLATES[1],
            },
        ),
        (
            "security",
            {
                "id": "pii-s1", "asset_id": "portal", "kind": "data_leak", "severity": "critical",
                "observed_at": now(),
                "description": f"lộ hồ sơ của ông {NAMES[1]}, {PHONES[4]}, {MAILS[0]}, cccd {PAPERS[0]}",
            },
        ),
        (
            "gate",
            {
                "gate_id": "gate-pii", "direction": "out", "kind": "queue", "observed_at": now(),
                "vehicles_waiting": 400, "vehicle_ref": PLATES[2], "goods": f"hàng của anh {NAMES[1]} {PHONES[5]}",
            },
        ),
        (
            "cameras",
            {
                "id": "pii-c3", "camera_id": "cam-pii-2", "kind": "wrong_way", "observed_at": now(), "confidence": 0.95,
                "plate": "14B1-987.65", "snapshot": "https://nvr.example/14B198765/1.jpg",
            },
        ),
    ]  # fmt: skip


def named() -> list[tuple[str, dict[str, Any]]]:
    """Events whose identifiers are personal data."""
    return [
        ("reports", {**reports()[0], "id": PHONES[1]}),
        ("reports", {**reports()[0], "id": f"zalo/{MAILS[0]}"}),
        ("cameras", {**machines()[0][1], "camera_id": PAPERS[0]}),
        ("cameras", {**machines()[0][1], "id": f"lpr-{PLATES[0]}-1"}),
        ("security", {**machines()[2][1], "asset_id": MAILS[0]}),
        ("gate", {**machines()[3][1], "id": f"pass-{PLATES[2]}"}),
    ]


def straight() -> Event:
    """A camera event that no edge has seen: the worker is the first to take the plate out."""
    body = {
        "id": "pii-c4", "source": "urn:nvr", "camera_id": STRAIGHT, "kind": "wrong_way", "observed_at": now(),
        "confidence": 0.95, "plate": PLATES[4], "zone": f"làn xe {PLATES[4]}",
    }  # fmt: skip
    return Event(RAW["cameras"], STRAIGHT, json.dumps(body, ensure_ascii=False).encode())


def broken() -> list[Event]:
    """Records that break the contract, with personal data where the fault is."""
    hurt: list[Any] = [
        {"id": "pii-b1", "occurred_at": PHONES[0], "text": f"anh {NAMES[1]}"},
        {"id": "pii-b2", "occurred_at": now(), "text": {"words": NAMES[0]}},
        {"id": "pii-b3", "occurred_at": now(), "text": "x", "lat": PHONES[1], "lon": PLATES[0]},
        {"id": "pii-b4", "occurred_at": now(), "text": "x", "reporter": {"id": [PAPERS[0]], "email": {"a": MAILS[0]}}},
        {"id": "pii-b5", "occurred_at": now(), "text": "x", "channel": NAMES[3]},
        {"id": PHONES[0], "occurred_at": now(), "text": "x"},
        {"id": "pii-b7", "source": f"app/{PHONES[0]}", "occurred_at": now(), "text": "x"},
    ]
    raws = [json.dumps(body, ensure_ascii=False).encode() for body in hurt]
    raws.append(f'{{"id": "pii-b6", "text": "{NAMES[0]} {PHONES[0]}'.encode())
    return [Event(RAW["reports"], f"b-{number}", raw) for number, raw in enumerate(raws)]


def post(product: Running, source: str, body: dict[str, Any]) -> str:
    """Send one event; the gateway's answer."""
    request = urllib.request.Request(
        f"{product.url}/v1/{source}",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {product.key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


async def topics(bootstrap: str) -> set[str]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        return {name for name in await consumer.topics() if name.startswith("ioc.")}
    finally:
        await consumer.stop()


def parts(record: Any) -> Iterable[str]:
    """Key, value and headers of a record as texts."""
    for raw in (record.key, record.value, *(value for _, value in record.headers)):
        yield (raw or b"").decode(errors="replace")


def test_the_search_finds_what_was_planted_in_other_spellings() -> None:
    assert leaks("0912 345 678")
    assert leaks("+84-912.345.678")
    assert leaks("NGUYEN THI BICH HONG")
    assert leaks("14A 12345")
    assert not leaks("[tên] gọi [số điện thoại]")


async def test_no_open_topic_log_or_metric_has_personal_data(running: Running) -> None:
    answers = [post(running, "reports", body) for body in reports()]
    answers += [post(running, source, body) for source, body in machines()]
    assert all('"accepted"' in answer for answer in answers), answers
    refused = [
        post(running, "reports", {**reports()[0], "id": "pii-r", "lat": value}) for value in (PHONES[0], NAMES[0])
    ]
    by_name = [post(running, source, body) for source, body in named()]
    assert all('"personal_data_in_id"' in answer for answer in by_name), by_name
    refused += by_name
    events = broken()
    await publish(running.bootstrap, [*events, straight()])

    # The edges take plates out of camera and gate events, so their topics are searched too; what is written past them
    # is not.
    cleaned = {RAW["cameras"], RAW["gate"]}
    restricted = {DLQ, *RAW.values()} - cleaned
    names = await topics(running.bootstrap)
    async with Reader(running.bootstrap, sorted((names - set(RAW.values())) | cleaned)) as reader:
        wanted = {body["id"] for body in reports()} | {f"pii-c{n}" for n in range(1, 5)}
        wanted |= {"pii-s1", *(f"pii-b{n}" for n in range(1, 6))}
        deadline = time.monotonic() + 30
        while not wanted <= {json.loads(record.value)["id"] for record in (await reader.all())[RECEIPTS]}:
            assert time.monotonic() < deadline
        records = await reader.all()
    found = {
        (topic, record.offset): text
        for topic, written in records.items()
        if topic not in restricted
        for record in written
        if (topic, record.key) != (RAW["cameras"], STRAIGHT.encode())
        for text in parts(record)
        if leaks(text)
    }
    assert not found, sorted({(topic, *leaks(text)) for (topic, _), text in found.items()})
    signals = [json.loads(record.value) for record in records[SIGNALS]]
    seen = {signal["event_id"]: signal["evidence"].get("plate") for signal in signals if signal["source"] == "cameras"}
    assert seen["pii-c2"] == seen["pii-c3"] != seen["pii-c1"]
    assert len({seen[f"pii-c{n}"] for n in (1, 2, 4)}) == 3
    assert all(HASHED_PLATE.fullmatch(seen[f"pii-c{n}"]) for n in range(1, 5))
    letters = [
        value.decode()
        for record in records[DLQ]
        for name, value in record.headers
        if name.startswith(_DLQ_TEXTS) and leaks(value.decode())
    ]
    assert not letters
    assert len(records[DLQ]) >= len(events)
    texts = [running.metrics(running.url), running.metrics(running.worker_url), *refused]
    texts += [path.read_text(errors="replace") for path in (running.folder / ".ioc" / "logs").glob("*.log")]
    assert len(texts) > len(refused) + 2, "no logs were found"
    assert not [leaks(text) for text in texts if leaks(text)]


@pytest.mark.parametrize("value", [*NAMES, *PLATES, *PAPERS, *MAILS])
def test_every_planted_value_is_searched_for(value: str) -> None:
    assert leaks(f"… {value} …")
