"""What `ioc doctor` says of the register of devices and of the stations' folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from connectors.audit import Pending, act, folder
from connectors.cli import checks
from connectors.cli.province import load_province
from connectors.gateway.identity.accounts import Accounts
from connectors.gateway.identity.table import ACCOUNTS_FILE
from ioc.catalog.devices import COLUMNS
from ioc.metrics import CATALOGUE_INFO
from ioc.settings import ProvinceSettings, Settings, StationsSettings, WorkerSettings
from streams.http import StatusServer
from streams.metrics import gauge

ROW = {"id": "air-1", "source": "sensors", "class": "air-station", "lat": "21.01", "lon": "107.27", "interval_s": "300"}


def register(tmp_path: Path, *rows: dict[str, str]) -> Settings:
    path = tmp_path / "register.csv"
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines))
    return Settings(province=ProvinceSettings(devices=path))


def test_without_a_register_it_says_that_nobody_is_missed() -> None:
    assert [(each.state, each.says) for each in checks.province(Settings()) if each.part == "devices"] == [
        ("note", "none is registered, so none is missed")
    ]


def test_it_counts_who_is_registered_and_who_is_waited_for(tmp_path: Path) -> None:
    quiet = ROW | {"id": "cam-1", "source": "cameras", "interval_s": ""}
    (found,) = [each for each in checks.province(register(tmp_path, ROW, quiet)) if each.part == "devices"]
    assert (found.state, found.says) == ("ok", "2 registered, 1 are expected to speak regularly")
    nowhere = quiet | {"lat": "", "lon": ""}
    (found,) = [each for each in checks.province(register(tmp_path, ROW, nowhere)) if each.part == "devices"]
    assert (found.state, found.says.partition("; ")[2]) == ("note", "1 have no place")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "line 3, id: 'air-1' stands in line 2 already"),
        ({"id": "air-2", "commune": "99999"}, "line 3, commune: '99999' is no commune of communes.csv"),
        ({"id": "air-2", "interval_s": "-5"}, "line 3, interval_s: expected seconds above 0"),
    ],
)
def test_a_wrong_register_is_named_with_its_path_and_line(change: dict[str, str], says: str, tmp_path: Path) -> None:
    (found,) = checks.province(register(tmp_path, ROW, ROW | change))
    assert found.state == "wrong"
    assert f"{tmp_path / 'register.csv'}, {says}" in found.says


def test_wrong_rules_of_liveness_are_named_with_their_line(tmp_path: Path) -> None:
    tables = Path(__file__).parents[2] / "data" / "second-province"
    for path in tables.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "liveness.toml").write_text('version = "1"\n[silence]\nmultiple = 0.5\n')
    (found,) = checks.province(Settings(province=ProvinceSettings(folder=tmp_path)))
    assert found.says.startswith("liveness.toml:3: silence.multiple: must be more than 1")


def test_the_folder_of_stations_is_looked_at_where_one_is_watched(tmp_path: Path) -> None:
    def found(folder: Path | None) -> list[tuple[str, str]]:
        looked = checks.stations(Settings(stations=StationsSettings(folder=folder)))
        return [(each.state, each.says) for each in looked]

    assert found(None) == []
    assert found(tmp_path) == [("ok", f"files are taken from {tmp_path}")]
    assert found(tmp_path / "none") == [("wrong", f"{tmp_path / 'none'} is no folder")]


def test_files_of_people_and_of_the_audit_are_for_their_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    Accounts(tmp_path).add("hoa", ["auditor"], datetime.now(UTC))
    Pending(folder(tmp_path)).add([act("hoa", "login", "x")])
    assert [each for each in checks.secrets(settings) if each.state == "wrong"] == []
    for path in (tmp_path / ACCOUNTS_FILE, folder(tmp_path) / "pending.jsonl"):
        path.chmod(0o644)
        (found,) = [each for each in checks.secrets(settings) if each.state == "wrong"]
        assert (found.says, found.advice) == (f"{path} may be read by others (mode 644)", f"chmod 600 {path}")
        path.chmod(0o600)


async def test_a_worker_that_decides_by_another_catalogue_is_told() -> None:
    registry = CollectorRegistry()
    version = gauge(CATALOGUE_INFO, registry)
    version.labels(load_province(Settings()).version).set(1)
    status = StatusServer("127.0.0.1", 0, registry, list)
    settings = Settings(worker=WorkerSettings(metrics_port=status.port))
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            (found,) = await checks.workers(settings, client)
            assert found.state == "ok"
            version.remove(load_province(Settings()).version)
            version.labels("0ld").set(1)
            ready, found = await checks.workers(settings, client)
    finally:
        status.close()
    assert ready.state == "ok"
    assert found.state == "note"
    assert found.says.startswith("decides by catalogue 0ld, the files hold ")


@pytest.mark.parametrize(
    ("off_s", "takes_s", "state"),
    [(0, 0, "ok"), (-20, 30, "wrong"), (10, 30, "ok"), (29, 30, "ok"), (40, 30, "wrong")],
)
def test_a_clock_is_wrong_that_no_moment_of_the_answer_explains(off_s: int, takes_s: int, state: str) -> None:
    asked = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    apart_s = checks._apart_s(asked, asked + timedelta(seconds=off_s), asked + timedelta(seconds=takes_s))
    assert [each.state for each in checks.clock(apart_s)] == [state]


def test_nobody_is_needed_to_look_at_the_clock() -> None:
    assert [each.state for each in checks.clock(None)] == ["ok"]
