"""The monthly figures out of a store, on either database: counted once, shown in every form."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from openpyxl import load_workbook

from connectors.store.metrics import Metrics
from connectors.store.service import month_figures, running_figures
from ioc import topics
from ioc.service import COLUMNS, Cut, Key, month
from ioc.settings import ServiceSettings
from tests.system.stored import Tape, at, incident, step
from tests.system.test_store_writer import opened, play

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = month("2026-11", Cut(), ZONE)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def tape() -> Tape:
    """Twelve incidents of one unit: eight done on time, two late, two open of which one is late; each in versions."""
    found = Tape()
    for number in range(1, 13):
        history = [step(0, "open", to="received"), step(0, "route", to="routed")]
        state = incident(number, 1, history=history, due_at=at(600 if number != 12 else 60 * 24 * 30))
        found.add(topics.INCIDENTS, state.incident_id, state)
        if number <= 10:
            done = step(500 if number <= 8 else 700, "resolve", **{"from": "routed", "to": "resolved"})
            later = incident(number, 2, status="resolved", history=[*history, done], due_at=at(600))
            found.add(topics.INCIDENTS, state.incident_id, later)
    return found


def test_a_month_is_counted_the_same_on_either_database(database_url: str) -> None:
    _, engine = opened(database_url)
    play(engine, tape(), size=7)
    with engine.connect() as connection:
        mine = month_figures(connection, NOVEMBER, NOW)[Key("ha-long", "works")]
        assert month_figures(connection, month("2026-09", Cut(), ZONE), NOW) == {}
    assert (mine.received, mine.done, mine.done_on_time, mine.open, mine.open_late) == (12, 10, 8, 2, 1)
    counted = running_figures(engine, ServiceSettings(), NOW.astimezone(ZONE))
    assert counted[Key("*", "*")] == mine
    metrics = Metrics()
    metrics.month(counted)
    shown = metrics.text().decode()
    assert f'ioc_on_time_ratio{{centre="ha-long",unit="works"}} {8 / 11}' in shown
    assert 'ioc_month_incidents{centre="*",state="open_late",unit="*"} 1.0' in shown
    metrics.month({})
    assert "ioc_on_time_ratio{" not in metrics.text().decode()
    engine.dispose()


def test_ioc_report_monthly_in_every_form(database_url: str, tmp_path: Path) -> None:
    _, engine = opened(database_url)
    play(engine, tape())
    engine.dispose()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("IOC_")}
    environment |= {"IOC_HOME": str(tmp_path), "IOC_DATABASE_URL": database_url}

    def said(*arguments: str, code: int = 0) -> bytes:
        command = [sys.executable, "-m", "connectors.cli.main", "report", "monthly", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    read = list(csv.reader(io.StringIO(said("2026-11", "--format", "csv").decode("utf-8-sig"))))
    assert tuple(read[0]) == COLUMNS
    assert dict(zip(read[0], read[1], strict=True)) | {"rank": "1"} == dict(zip(read[0], read[1], strict=True))
    whole = orjson.loads(said("2026-11", "--format", "json"))
    assert whole["rows"][0]["on_time_percent"] == 72.73
    assert all(one["rank"] is None for one in whole["rows"][1:])
    target = tmp_path / "thang.xlsx"
    said("2026-11", "--format", "xlsx", "--out", str(target))
    sheet = load_workbook(target).active
    assert sheet is not None
    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows(max_row=2)] == [
        [*COLUMNS[:3]], [1, "*", "works"],
    ]  # fmt: skip
    assert b"<table>" in said("2026-11", "--format", "html")
    assert b"72.73" in said("2026-11", "--format", "table")
    assert b"is no month" in said("November", code=2)
    days = [orjson.loads(said(name, "--format", "json"))["begin"] for name in ("2026-10", "2026-11")]
    assert all(one < other for one, other in pairwise(days))


def test_a_store_that_was_never_filled_says_so(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("IOC_")}
    command = [sys.executable, "-m", "connectors.cli.main", "report", "monthly"]
    done = subprocess.run(
        command, env=environment | {"IOC_HOME": str(tmp_path)}, capture_output=True, timeout=60, check=False
    )
    assert done.returncode in {69, 78}
    assert b"store" in done.stderr
