"""The units for one server: understood by systemd, closed, and with settings that the product takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from connectors.cli import config
from connectors.cli.main import COMMANDS
from deploy.secrets.installation import Installation, Place
from ioc.access import user_of
from tests.system.running import lacking

FOLDER = Path(__file__).parents[3] / "deploy" / "systemd"
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
PRODUCT = {"worker": "ioc-worker@", "gateway": "ioc-gateway", "store": "ioc-store", "mqtt": "ioc-mqtt",
           "stations": "ioc-stations", "notify": "ioc-notify"}  # fmt: skip
_MOST = "20"
"""Tenths of systemd's measure of exposure: 2 of 10."""


def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        lacking("systemd-analyze is not on the path: it comes with systemd")
    return found


def values(name: str, key: str) -> list[str]:
    text = (FOLDER / name).read_text()
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def test_systemd_understands_all_of_them(tmp_path: Path) -> None:
    """Programs that are not installed here are replaced by one that is; everything else is as it stands."""
    for path in FOLDER.iterdir():
        if path.suffix in {".service", ".target", ".timer"}:
            text = re.sub(r"/opt/(ioc/bin/ioc|kafka/bin/\S+\.sh)", "/bin/true", path.read_text())
            (tmp_path / path.name).write_text(text)
    (tmp_path / "ioc-worker@.service").rename(tmp_path / "ioc-worker@0.service")
    units = [tmp_path / path.name for path in tmp_path.iterdir()]
    done = subprocess.run([analyze(), "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "ioc" in line]
    assert (done.returncode, ours) == (0, [])


def test_a_word_that_systemd_does_not_know_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "ioc-x.service").write_text("[Service]\nExecStart=/bin/true\nProtectSystm=strict\n")
    done = subprocess.run(
        [analyze(), "verify", "--man=no", tmp_path / "ioc-x.service"], capture_output=True, text=True, check=False
    )
    assert "ProtectSystm" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_closed(name: str) -> None:
    command = [analyze(), "security", "--offline=true", f"--threshold={_MOST}", "--no-pager", FOLDER / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("role", PRODUCT)
def test_the_product_takes_the_settings_that_it_gets(role: str, tmp_path: Path) -> None:
    """As the unit sets them, with the files that it hands over where they are here."""
    Installation(tmp_path / "etc", Place(kafka="localhost", postgres="localhost", mqtt="localhost")).make()
    for name in ("mqtt.toml", "notify.yaml"):
        (tmp_path / "etc" / name).write_text("")
    unit = f"{PRODUCT[role]}.service"
    given = dict(each.split(":", 1) for each in values(unit, "LoadCredential"))
    bound = {target: source for source, target in (each.split(":") for each in values(unit, "BindReadOnlyPaths"))}

    def here(path: str) -> str:
        found = tmp_path / "etc" / Path(path).relative_to("/etc/ioc")
        assert found.is_file(), path
        return str(found)

    environment = dict(line.split("=", 1) for line in (FOLDER / "ioc.env").read_text().splitlines() if line[0] != "#")
    for each in values(unit, "Environment"):
        name, value = each.split("=", 1)
        if value.startswith("%d/"):
            value = here(given[value.removeprefix("%d/")])
        environment[name] = here(bound[value]) if value in bound else value
    loaded = config.load(environment, tmp_path)
    assert loaded.ignored == ()
    kafka = loaded.settings.kafka
    assert (kafka.security_protocol, kafka.sasl_username) == ("SASL_SSL", user_of(role))
    assert kafka.sasl_password is not None
    password = (tmp_path / "etc" / "users" / f"{user_of(role)}.password").read_text().strip()
    assert kafka.sasl_password.get_secret_value() == password
    (start,) = values(unit, "ExecStart")
    assert start.split()[1] in COMMANDS
    others = [path for path in given.values() if "/users/" in path and user_of(role) not in path]
    assert others == []


def test_kafka_finds_its_files_where_systemd_puts_them(tmp_path: Path) -> None:
    """The step before its start, run as it stands."""
    Installation(tmp_path / "etc", Place(kafka="localhost")).make()
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for each in values("ioc-kafka.service", "LoadCredential"):
        name, path = each.split(":")
        shutil.copy(tmp_path / "etc" / Path(path).relative_to("/etc/ioc"), credentials / name)
    step = values("ioc-kafka.service", "ExecStartPre")[0].removeprefix("/bin/sh -ec '").removesuffix("'")
    environment = {
        "CREDENTIALS_DIRECTORY": str(credentials),
        "RUNTIME_DIRECTORY": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    subprocess.run(["/bin/sh", "-ec", step], env=environment, check=True)
    text = (tmp_path / "server.properties").read_text()
    stores = re.findall(r"^ssl\.(?:key|trust)store\.location=(.*)$", text, re.MULTILINE)
    assert sorted(stores) == [str(credentials / "broker.pem"), str(credentials / "ca.crt")]
    assert all(Path(path).is_file() for path in stores)
    assert "/run/ioc" not in text
