"""No report passes the gateway unsealed, whichever way it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.gateway.items import Checker, Plain
from connectors.gateway.keys import Key
from connectors.gateway.problems import Problem
from connectors.gateway.sealing import sealed
from connectors.gateway.writer import Record
from ioc.events import parse_structured
from ioc.privacy.ports import HEADER
from ioc.topics import RAW
from tests.unit.vault.support import Home

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BODY = {
    "id": "r-1", "occurred_at": "2026-11-22T07:59:00Z", "text": "Cây đổ, gọi 0912345678", "address": "số 3",
    "reporter": {"id": "citizen-77"}, "contact_phone": "0987654321",
}  # fmt: skip
EVENT = {"specversion": "1.0", "id": "r-2", "source": "app", "type": "vn.ioc.report.v1", "data": BODY}
READING = (
    b'{"device_id":"d","metric":"so2","value":4,"unit":"\xc2\xb5g/m\xc2\xb3","observed_at":"2026-11-22T07:59:00Z"}'
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def records() -> list[Record]:
    """A plain report, one in a CloudEvent and a reading, as they come from a request."""
    key = Key("0" * 12, "", "app", ("admin",), (), NOW)
    checker = Checker(key, NOW, timedelta(minutes=5))
    items = [Plain("reports", json.dumps(BODY).encode()), parse_structured(json.dumps(EVENT).encode())]
    outcomes = [checker.check(item) for item in (*items, Plain("sensors", READING))]
    return [outcome.record for outcome in outcomes if outcome.record is not None]


async def test_what_is_personal_and_what_nobody_knows_is_not_written_in_clear(home: Home) -> None:
    before = records()
    first, second, reading = await sealed(home.sealer(), before)
    for was, record in zip(before[:2], (first, second), strict=True):
        assert not [each for each in ("0912", "số 3", "citizen-77", "0987") if each in record.value.decode()]
        assert (record.topic, record.key, record.headers[:-1]) == (was.topic, was.key, list(was.headers))
        assert record.headers[-1][0] == HEADER
    assert json.loads(second.value)["id"] == "r-2"
    assert reading == before[2]


async def test_a_report_whose_content_is_not_told_is_refused_rather_than_written(home: Home) -> None:
    with pytest.raises(TypeError):
        await sealed(home.sealer(), [Record(RAW["reports"], b"r-1", json.dumps(BODY).encode())])


async def test_without_its_vault_nothing_of_the_request_is_written(home: Home) -> None:
    sealer = home.sealer()
    home.path.unlink()
    with pytest.raises(Problem) as refused:
        await sealed(sealer, records())
    assert (refused.value.kind.status, refused.value.headers) == (503, {"Retry-After": "10"})
    assert await sealed(sealer, records()[2:]) == records()[2:]
