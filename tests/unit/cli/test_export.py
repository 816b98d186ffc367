"""``ioc export`` where there is no store, and to a context broker that is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.cli import main
from connectors.cli.errors import EXIT_USAGE
from ioc.catalog.devices import COLUMNS
from tests.unit.opendata.test_broker import Broker, broker

__all__ = ["broker"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home folder, and three devices, of which one is a simulator's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_HOME", str(tmp_path / "home"))
    rows = [
        {
            "id": f"d-{n}",
            "source": "sensors",
            "class": "air-station",
            "name": "Trạm",
            "synthetic": "yes" if n == 2 else "",
        }
        for n in range(3)
    ]
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    (tmp_path / "devices.csv").write_text("\n".join(lines))
    monkeypatch.setenv("IOC_PROVINCE__DEVICES", str(tmp_path / "devices.csv"))


def test_devices_go_to_a_broker_as_they_go_into_a_file(broker: Broker, tmp_path: Path) -> None:
    assert main.run(["export", "ngsi", "devices", "--push", broker.url, "--tenant", "province"]) == 0
    assert main.run(["export", "ngsi", "devices", "--out", "devices.jsonld"]) == 0
    written = json.loads((tmp_path / "devices.jsonld").read_text())
    assert {each["id"]: each for each in written} == broker.entities
    assert len(written) == 2
    assert broker.requests[0]["headers"]["NGSILD-Tenant"] == "province"


def test_what_a_broker_refuses_is_a_failure(broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    broker.refused = {"urn:ngsi-ld:Device:d-0"}
    assert main.run(["export", "ngsi", "devices", "--push", broker.url]) == 1
    assert "1 entities taken, 1 refused" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["ftp://x", "broker", "http://user:word@x", "http://x?y=1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert main.run(["export", "ngsi", "devices", "--push", address]) == EXIT_USAGE


def test_a_token_does_not_go_in_clear_to_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_EXPORTS__BROKER_TOKEN", "secret")
    assert main.run(["export", "ngsi", "devices", "--push", "http://broker.example.vn"]) == EXIT_USAGE


def test_without_a_store_a_sentence_says_so_and_no_file_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["export", "incidents", "--out", "incidents.geojson"]) == 78
    assert "the store is filled by `ioc up`" in capsys.readouterr().err
    assert not list(tmp_path.glob("*incidents*"))


@pytest.mark.parametrize(
    "arguments",
    [["data", "nothing", "--out", "x"], ["incidents", "--since", "soon"],
     ["data", "reports", "--out", "x", "--since", "soon"]],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(arguments: list[str]) -> None:
    assert main.run(["export", *arguments]) == EXIT_USAGE
