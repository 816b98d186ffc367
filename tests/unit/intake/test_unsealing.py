"""Intake of what the gateway sealed: the same signal; and whatever becomes of the key, it goes on."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc import metrics
from ioc.classify.redact import Redactor
from ioc.events import Report, validate_one
from ioc.intake import IntakeParts
from ioc.intake.unsealing import Unsealer
from ioc.privacy.ports import HEADER
from ioc.topics import FEEDBACK, RAW, RECEIPTS, SIGNALS
from streams.transport import Outbox, RecordBatch
from tests.unit.intake.store import Changelog
from tests.unit.intake.test_intake import NOW, NOW_MS, report
from tests.unit.vault.support import Home

BODY = report(
    text="Tôi tên là Nguyễn Thị Hoa, số 0912.345.678: cây đổ ở phường Bãi Cháy",
    address="phường Móng Cái 1",
    reporter={"id": "citizen-77", "name": "Nguyễn Thị Hoa", "phone": "0912345678"},
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def sealed(home: Home, body: dict[str, Any] = BODY) -> tuple[bytes, list[tuple[str, bytes | None]]]:
    """A report's value and headers as the gateway writes them."""
    event = validate_one("reports", json.dumps(body).encode(), now=NOW, max_future=timedelta(minutes=5))
    assert isinstance(event, Report)
    ((value, header),) = home.sealer().seal([("urn:app", event)])
    headers: list[tuple[str, bytes | None]] = [("ce_source", b"urn:app"), ("ce_id", event.id.encode())]
    return value, headers if header is None else [*headers, (HEADER, header)]


class Stage:
    """Intake of reports on one partition, with a vault."""

    def __init__(self, parts: IntakeParts, unsealer: Unsealer) -> None:
        self.changelog = Changelog()
        self.state = self.changelog.recover()
        self.intake = replace(parts, unseal=unsealer).intake("reports", self.state)
        self.state.release()

    def take(self, *records: tuple[bytes, list[tuple[str, bytes | None]]]) -> dict[str, list[Any]]:
        batch = RecordBatch.of(
            RAW["reports"], 0, [value for value, _ in records],
            headers=[headers for _, headers in records], timestamps_ms=[NOW_MS] * len(records),
        )  # fmt: skip
        out = Outbox("intake")
        out.bind(batch)
        self.intake.take(batch, out, NOW)
        self.changelog.commit(self.state)
        sent: dict[str, list[Any]] = {}
        for output in out.outputs:
            sent.setdefault(output.topic, []).append(json.loads(output.value or b""))
        return sent

    def counted(self, metric: metrics.MetricSpec) -> Counter[str]:
        counts = self.intake.tally.counts
        return Counter({key[-1]: total for key, total in counts.items() if key[0] == metric.name})


def test_a_sealed_report_makes_the_signal_that_it_would_make_unsealed(parts: IntakeParts, home: Home) -> None:
    opened = Stage(parts, Unsealer(home.vault(writes=False)))
    plain = Stage(parts, Unsealer(None))
    clear = json.dumps(BODY).encode()
    value, headers = sealed(home)
    assert opened.take((value, headers)) == plain.take((clear, headers[:2]))
    assert opened.counted(metrics.SEALED_REPORTS) == {"opened": 1}
    assert plain.counted(metrics.SEALED_REPORTS) == {}
    assert not [each for each in ("Hoa", "345", "citizen", "Móng Cái") if each in value.decode()]


def _erased(home: Home) -> Unsealer:
    home.registry().erase(home.registry().find("citizen-77", ["urn:app"]))
    return Unsealer(home.vault(writes=False))


def _unknown(home: Home) -> Unsealer:
    (home.path.parent / "other").mkdir()
    return Unsealer(Home(home.path.parent / "other").vault(writes=False))


def _unavailable(home: Home) -> Unsealer:
    home.close()
    home.path.unlink()
    return Unsealer(home.vault(writes=False))


@pytest.mark.parametrize(
    "case",
    [
        (_erased, "erased", ""),
        (_unknown, "unknown", "do gateway and worker share one"),
        (_unavailable, "unavailable", "there is no vault at"),
        (lambda _: Unsealer(None), "unavailable", "no vault is configured here"),
    ],
)
def test_a_report_goes_on_whatever_becomes_of_its_key(
    parts: IntakeParts,
    home: Home,
    case: tuple[Any, str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost, outcome, said = case
    record = sealed(home)
    other = sealed(home, report("r2", reporter={"id": "citizen-77"}))
    stage = Stage(parts, lost(home))
    with caplog.at_level(logging.ERROR):
        sent = stage.take(record, other, (json.dumps(report("r3", text="Mất điện")).encode(), []))
    first, second, _ = sent[SIGNALS]
    assert first["reporter"] is second["reporter"] is None
    assert first["commune"] == "06673"
    assert "cây đổ ở phường Bãi Cháy" in first["text"]
    assert (len(sent[RECEIPTS]), len(sent[FEEDBACK])) == (3, 3)
    assert stage.counted(metrics.EVENTS) == {"signal": 3}
    assert stage.counted(metrics.SEALED_REPORTS) == {outcome: 2}
    logged = [record.getMessage() for record in caplog.records]
    assert len(logged) == bool(said), logged  # once, not for every report
    assert all(said in line for line in logged)


@pytest.mark.parametrize("change", ["moved", "cut", "format", "none"])
def test_a_box_that_does_not_open_stops_nothing(parts: IntakeParts, home: Home, change: str) -> None:
    value, headers = sealed(home)
    *rest, (name, header) = headers
    assert header is not None
    match change:
        case "moved":
            rest[1] = ("ce_id", b"another")
        case "cut":
            header = header[:-1]
        case "format":
            header = b"\x09" + header[1:]
        case _:
            header = b""
    stage = Stage(parts, Unsealer(home.vault(writes=False)))
    assert len(stage.take((value, [*rest, (name, header)]))[SIGNALS]) == 1
    assert stage.counted(metrics.SEALED_REPORTS) == {"damaged": 1}


def test_the_same_report_again_is_a_repeat_though_its_box_is_another(parts: IntakeParts, home: Home) -> None:
    first, second = sealed(home), sealed(home)
    assert first[1][-1] != second[1][-1]
    stage = Stage(parts, Unsealer(home.vault(writes=False)))
    sent = stage.take(first, second)
    assert [receipt["result"] for receipt in sent[RECEIPTS]] == ["accepted", "duplicate_of"]
    assert len(sent[SIGNALS]) == 1


def test_gateway_and_intake_take_out_the_same(parts: IntakeParts, home: Home) -> None:
    """What stays in the raw topic after an erasure is what the open topics hold."""
    redactor: Redactor = parts.redactor
    value, headers = sealed(home)
    signal = Stage(parts, Unsealer(home.vault(writes=False))).take((value, headers))[SIGNALS][0]
    assert redactor(json.loads(value)["text"]).text == signal["text"]
