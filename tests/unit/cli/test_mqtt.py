"""``ioc mqtt --check`` and what ``ioc doctor`` says of the mapping; the bridge itself is tested with real brokers."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.cli import checks, main
from ioc.settings import MqttSettings, Settings

MAPPING = """[[topic]]
filters = ["stations/{device_id}/{metric}"]
preset = "json"
source = "sensors"
publisher = "stations"
"""


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("IOC_HOME", "IOC_MQTT__MAPPING"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "mqtt.toml"
    path.write_text(MAPPING)
    return path


@pytest.mark.parametrize(
    ("topic", "payload", "code", "shown"),
    [
        ("stations/a/pm10", '{"value": 3, "unit": "ug/m3", "observed_at": "2026-01-01T00:00:00Z"}', 0, "ioc.raw.s"),
        ("stations/a/pm10", '{"value": 3, "unit": "K", "observed_at": "2026-01-01T00:00:00Z"}', 1, "rejected\t/unit\t"),
        ("elsewhere", "{}", 1, "rejected\t-\tnot_allowed"),
    ],
)  # fmt: skip
def test_check_shows_what_a_message_becomes(
    topic: str,
    payload: str,
    code: int,
    shown: str,
    *,
    mapping: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(payload.encode())))
    assert main.run(["mqtt", "--mapping", str(mapping), "--check", topic]) == code
    assert capsys.readouterr().out.startswith(shown)


def test_without_a_mapping_it_says_so(
    mapping: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["mqtt"]) == 78
    assert "IOC_MQTT__MAPPING" in capsys.readouterr().err
    mapping.write_text(MAPPING.replace("json", "xml"))
    assert main.run(["mqtt", "--mapping", str(mapping)]) == 78
    assert "mqtt.toml:3: topic[0].preset" in capsys.readouterr().err
    assert main.run(["mqtt", "--mapping", str(mapping.with_name("none"))]) == 78


def test_the_doctor_looks_at_the_mapping(mapping: Path) -> None:
    def states(path: Path | None) -> list[str]:
        return [finding.state for finding in checks.mqtt(Settings(mqtt=MqttSettings(mapping=path)))]

    assert states(None) == []
    assert states(mapping) == ["ok"]
    assert states(mapping.with_name("none")) == ["wrong"]
    mapping.write_text("[[topic]]")
    assert states(mapping) == ["wrong"]
