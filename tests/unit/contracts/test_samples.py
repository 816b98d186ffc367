"""Records of every version are read by the code of this one: by the worker, the store, the gateway and the schemas.

``tests/data/contracts/<version>`` has what the product of that version wrote, one record a line. It is never changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from sqlalchemy import func, select

from connectors.gateway.view import feedback_view, incidents_view, silences_view
from connectors.store import schema
from connectors.store.database import migrate, open_writer, url_of
from connectors.store.positions import find_places
from connectors.store.telemetry import HourReader
from connectors.store.writer import Writer
from ioc.audit import read_link
from ioc.contracts.catalogue import BY_NAME, contract_of
from ioc.contracts.released import released
from ioc.contracts.schema import all_schemas
from ioc.events import SPECS, decode_batch, event_id
from ioc.events.raw import RECORD_KEY
from ioc.records import Alert, Command, Decision, Feedback, Health, Incident, Receipt, Signal, Silence, decode, encode
from ioc.settings import Settings
from ioc.topics import FEEDBACK, INCIDENTS, RAW, SILENCES, SOURCE_OF
from tests.system.stored import Tape

FOLDER = Path(__file__).parents[2] / "data" / "contracts"
VERSIONS = sorted(path.name for path in FOLDER.iterdir())
EACH_VERSION = pytest.mark.parametrize("version", VERSIONS)
RECORDS = (Signal, Health, Incident, Alert, Silence, Receipt, Feedback, Command, Decision)
"""What the worker reads by :func:`ioc.records.decode`."""


def samples(version: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / version / f"{name}.jsonl").read_text().splitlines()]


def every() -> Iterator[tuple[str, str]]:
    for version in VERSIONS:
        for path in sorted((FOLDER / version).glob("*.jsonl")):
            yield version, path.stem


EACH = pytest.mark.parametrize(("version", "name"), [*every()])


def test_every_released_version_has_samples_of_every_record_that_it_had() -> None:
    newest, schemas = released()
    assert newest in VERSIONS
    assert {name for version, name in every() if version == newest} == set(schemas)


@EACH
def test_they_stand_where_they_stood_and_fit_the_schema_of_now(version: str, name: str) -> None:
    validator = jsonschema_rs.Draft202012Validator(all_schemas()[name], validate_formats=True)
    for sample in samples(version, name):
        assert contract_of(sample["topic"]) == BY_NAME[name]
        assert [f"{each.instance_path} {each.message}" for each in validator.iter_errors(sample["value"])] == []


@EACH_VERSION
@pytest.mark.parametrize("source", SPECS)
def test_intake_reads_them(version: str, source: Any) -> None:
    name = BY_NAME[SPECS[source].type.split(".")[-2]].name
    lines = samples(version, name)
    batch = decode_batch(
        source, RAW[source], [orjson.dumps(each["value"]) for each in lines],
        [[(key, value.encode()) for key, value in each["headers"].items()] for each in lines],
        now=datetime(2100, 1, 1, tzinfo=UTC), max_future=timedelta(),
    )  # fmt: skip
    assert batch.rejects == []
    for event, line in zip(batch.events, lines, strict=True):
        assert line["headers"].get("ce_id", event_id(event)) == event_id(event)
        assert getattr(event, RECORD_KEY[source]) == line["key"]


@EACH_VERSION
@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_the_worker_reads_them_and_would_say_the_same(version: str, cls: type) -> None:
    name = next(name for name, contract in BY_NAME.items() if contract.model is cls)
    for sample in samples(version, name):
        again = orjson.loads(encode(decode(cls, orjson.dumps(sample["value"]))))
        assert again.keys() >= sample["value"].keys()
        assert {field: again[field] for field in sample["value"]} == sample["value"]


@EACH_VERSION
def test_chains_of_the_audit_still_hold(version: str) -> None:
    for sample in samples(version, "audit"):
        link = read_link(orjson.dumps(sample["value"]))
        assert link is not None
        assert link.holds
        assert link.actor == sample["key"]


@EACH_VERSION
def test_the_store_keeps_them(version: str, tmp_path: Path) -> None:
    address = url_of(Settings.model_validate({"store": {"url": f"sqlite:///{tmp_path / 'store.db'}"}}))
    engine = open_writer(address)
    migrate(engine)
    tape = Tape()
    expected: dict[str, int] = {}
    for name in BY_NAME:
        if BY_NAME[name].topic in SOURCE_OF or name == "command":
            continue
        for sample in samples(version, name):
            tape.add(sample["topic"], sample["key"], orjson.dumps(sample["value"]))
            expected[sample["topic"]] = expected.get(sample["topic"], 0) + 1
    reader = HourReader(lambda _: True, timedelta(minutes=5), timedelta(hours=72))
    first = {(record.topic, record.partition): 0 for record in tape.records}
    with engine.begin() as connection:
        places, _ = find_places(connection, first, dict.fromkeys(first, 1000), {}, datetime.now(UTC))
    (batch,) = tape.batches(1000, places)
    written = Writer(engine, reader).write(batch)
    assert {topic: count for (topic, fate), count in written.records.items() if fate == "stored"} == expected
    assert not [fate for _, fate in written.records if fate == "refused"]
    with engine.connect() as connection:
        for table in (schema.signals, schema.incidents, schema.alerts, schema.decisions, schema.receipts, schema.audit):
            assert connection.scalar(select(func.count()).select_from(table)), table.name
    engine.dispose()


@EACH_VERSION
@pytest.mark.parametrize(
    ("name", "topic", "view_of"),
    [
        ("incident", INCIDENTS, incidents_view),
        ("feedback", FEEDBACK, feedback_view),
        ("silence", SILENCES, silences_view),
    ],
)
async def test_the_gateway_shows_them(
    version: str, name: str, topic: str, view_of: Callable[[dict[str, Any]], Any]
) -> None:
    view = view_of({})
    now = int(datetime.now(UTC).timestamp() * 1000)
    lines = samples(version, name)
    for sample in lines:
        before = len(view)
        view._take(topic, 0, 0, sample["key"].encode(), orjson.dumps(sample["value"]), now)
        identity = view._identify(view._read(orjson.dumps(sample["value"])))
        assert len(view) in {before, before + 1}
        assert view.get(identity) is not None
    assert len(view) > 0
