"""What is made is marked in evidence and title; what is real is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.catalog.devices import COLUMNS, DEVICES_FILE
from ioc.intake import IntakeParts
from ioc.topics import RECEIPTS, SIGNALS
from tests.unit.intake.test_intake import Stage, reading, report

MARK = " (mô phỏng)"


def said(parts: IntakeParts, source: str, body: dict[str, Any]) -> dict[str, Any]:
    (signal,) = Stage(parts, source).take(body)[SIGNALS]  # type: ignore[arg-type]
    found: dict[str, Any] = signal
    return found


@pytest.mark.parametrize(
    ("source", "body"), [("reports", report()), ("sensors", reading(900.0, 10))], ids=["report", "reading"]
)
def test_an_event_says_of_itself_that_it_is_made(parts: IntakeParts, source: str, body: dict[str, Any]) -> None:
    made, real = said(parts, source, body | {"synthetic": True}), said(parts, source, body | {"synthetic": False})
    assert made["title"] == real["title"] + MARK
    assert made["evidence"] == real["evidence"] | {"synthetic": True}
    assert made["text"] == real["text"]
    assert said(parts, source, body) == real


def test_the_register_says_it_of_a_device_whose_way_has_no_such_field(parts: IntakeParts) -> None:
    register = ",".join(COLUMNS) + "\nd1,sensors,air," + "," * (len(COLUMNS) - 4) + "yes\n"
    tables = load_folder(common_data()) | load_folder(shipped_province())
    catalogue = load_catalogue({**tables, DEVICES_FILE: register.encode()})
    signal = said(replace(parts, catalogue=catalogue), "sensors", reading(900.0, 10))
    assert signal["title"].endswith(MARK)
    assert signal["evidence"]["synthetic"] is True


def test_it_is_true_or_false(parts: IntakeParts) -> None:
    sent = Stage(parts, "reports").take(report(synthetic="yes"))
    assert sent[SIGNALS] == []
    assert sent[RECEIPTS][0]["errors"][0]["pointer"] == "/synthetic"
