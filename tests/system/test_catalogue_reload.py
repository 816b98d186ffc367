"""The province's folder is edited under a running worker: taken up between rounds, or refused while the old stays."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.kafka import Broker
from ioc.catalog import shipped_province
from ioc.catalog.devices import COLUMNS
from ioc.topics import FEEDBACK, RAW, RECEIPTS, SIGNALS
from tests.system.product import Event, Reader, Worker, bodies, make_topics, province, publish
from tests.system.test_routes_reload import told

CAMERA = {"source": "cameras", "class": "traffic-camera"}
COMMUNE = "06652,Phường Hà Tu,{},"
ROUTES = """root:
  receiver: ioc-tinh
  routes:
    - id: lamps
      match: [subcategory = street_light]
      receiver: {}
"""


def tables(folder: Path, commune: str = "06652") -> Path:
    rows = [CAMERA | {"id": f"fire-{number}", "commune": commune} for number in range(1, 5)]
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    (folder / "devices.csv").write_text("\n".join(lines))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@contextlib.asynccontextmanager
async def citizens(bootstrap: str) -> AsyncIterator[list[str]]:
    """Reports, twenty a second, until the end; gives their ids."""
    sent: list[str] = []
    ended = asyncio.Event()

    async def report() -> None:
        while not ended.is_set():
            name = f"r{len(sent)}"
            body = {"id": name, "occurred_at": datetime.now(UTC).isoformat(), "text": f"Đèn đường hỏng ở số {name}"}
            await publish(bootstrap, [Event(RAW["reports"], name, json.dumps(body).encode())])
            sent.append(name)
            await asyncio.sleep(0.05)

    reporting = asyncio.create_task(report())
    try:
        yield sent
    finally:
        ended.set()
        await reporting


async def seen(bootstrap: str, name: str) -> dict[str, Any]:
    """The signal of what the camera of this name saw."""
    body = {
        "id": name, "camera_id": name, "kind": "fire", "observed_at": datetime.now(UTC).isoformat(),
        "confidence": 0.95,
    }  # fmt: skip
    await publish(bootstrap, [Event(RAW["cameras"], name, json.dumps(body).encode())])
    async with Reader(bootstrap, [SIGNALS]) as reader, asyncio.timeout(30):
        while True:
            for signal in bodies((await reader.all())[SIGNALS]):
                if signal["event_id"] == name:
                    found: dict[str, Any] = signal
                    return found
            await asyncio.sleep(0.1)


async def test_an_edited_province_is_in_force_without_a_restart(
    empty_broker: Broker, tmp_path: Path, workers: list[Worker]
) -> None:
    bootstrap, folder = empty_broker.bootstrap, tmp_path / "province"
    shutil.copytree(str(shipped_province()), folder)
    tables(folder)
    (folder / "routes.yaml").write_text(ROUTES.format("so-xd"))
    old = province(folder).version
    await make_topics(bootstrap, province(folder))
    worker = Worker(bootstrap, tmp_path / "worker", folder=folder).start()
    workers.append(worker)
    await worker.ready()
    async with citizens(bootstrap) as sent:
        first = await seen(bootstrap, "fire-1")
        assert (first["commune"], first["centre"]) == ("06652", "ha-long")
        assert first["versions"]["catalogue"] == old

        # A commune's centre, a new unit and who is in charge, together.
        edit(folder / "communes.csv", COMMUNE.format("ha-long"), COMMUNE.format("cam-pha"))
        with (folder / "departments.csv").open("a") as departments:
            departments.write("doi-den,Đội chiếu sáng,,,\n")
        (folder / "routes.yaml").write_text(ROUTES.format("doi-den"))
        new = province(folder).version
        await asyncio.to_thread(told, worker, f"catalogue {new} is in force")
        second = await seen(bootstrap, "fire-2")
        assert (second["commune"], second["centre"]) == ("06652", "cam-pha")
        assert second["versions"]["catalogue"] == new

        # A device stands elsewhere.
        tables(folder, "06658")
        newest = province(folder).version
        await asyncio.to_thread(told, worker, f"catalogue {newest} is in force")
        assert (await seen(bootstrap, "fire-3"))["commune"] == "06658"

        # What is wrong is refused with its line.
        tables(folder, "99999")
        await asyncio.to_thread(told, worker, "devices.csv, line 2, commune: '99999' is no commune of communes.csv")
        figures = await asyncio.to_thread(worker.metrics)
        assert figures["ioc_catalogue_up"] == 0
        assert figures[f'ioc_catalogue_info{{version="{newest}"}}'] == 1
        assert [name for name in figures if name.startswith("ioc_catalogue_info")] == [
            f'ioc_catalogue_info{{version="{newest}"}}'
        ]
        assert (await seen(bootstrap, "fire-4"))["commune"] == "06658"
        tables(folder, "06658")
        with (folder / "centres.csv").open("a") as centres:
            centres.write("dao-xa,Trung tâm đảo xa,city,,,\n")
        await asyncio.to_thread(told, worker, "centres.csv: dao-xa came or went")

    await all_are_there_once(bootstrap, sent, [old, new, newest])
    async with Reader(bootstrap, [FEEDBACK]) as reader:
        answers = [record.value.decode() for record in (await reader.all())[FEEDBACK]]
    for unit in ("Sở Xây dựng", "Đội chiếu sáng"):
        assert any(unit in answer for answer in answers), unit
    assert worker.stop() == 0


async def all_are_there_once(bootstrap: str, sent: list[str], versions: list[str]) -> None:
    async with Reader(bootstrap, [SIGNALS, RECEIPTS]) as reader, asyncio.timeout(30):
        while True:
            found = await reader.all()
            receipts = Counter(each["id"] for each in bodies(found[RECEIPTS]) if each["id"].startswith("r"))
            if len(receipts) == len(sent):
                break
            await asyncio.sleep(0.1)
    assert receipts == Counter(sent)
    signals = [each for each in bodies(found[SIGNALS]) if each["source"] == "reports"]
    assert Counter(each["event_id"] for each in signals) == Counter(sent)
    order = [versions.index(each["versions"]["catalogue"]) for each in signals]
    assert order == sorted(order), (
        "of one key, in order: once a catalogue is in force the one before it decides no more"
    )
    assert len(set(order)) == len(versions)
