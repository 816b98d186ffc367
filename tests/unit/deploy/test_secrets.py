"""The secrets of an installation: made once, kept, made anew when somebody says so, and of use."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from connectors.cli import config
from deploy.local.ports import LOOPBACK
from deploy.secrets import __main__ as command
from deploy.secrets.installation import USERS, Installation, Place

OPEN = {"ca.crt", "root.crt", "server.crt", "server.properties", "client.properties", "compose.env"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Installation(tmp_path / "secrets", Place()).make()
    return tmp_path / "secrets"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_secret_is_its_owners_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in OPEN:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert {path.stem for path in (folder / "users").iterdir()} == set(USERS)


def test_a_second_run_changes_nothing_and_makes_what_is_missing(folder: Path) -> None:
    before = contents(folder)
    assert Installation(folder, Place()).make() == []
    assert contents(folder) == before
    (folder / "users" / "ioc-mqtt.password").unlink()
    assert Installation(folder, Place()).make() == ["users/ioc-mqtt.password"]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("ioc-worker", {"users/ioc-worker.password"}),
        ("users", {f"users/{user}.password" for user in USERS}),
        ("mqtt", {"mqtt/bridge.password", "mqtt/passwords"}),
        ("grafana", {"grafana/admin.password"}),
        (
            "postgres",
            {"postgres/superuser.password"}
            | {f"postgres/{role}.{end}" for role in ("owner", "reader") for end in ("password", "url")},
        ),
        (
            "certificates",
            {"kafka/broker.pem", "root/root.crt", "root/root.key"}
            | {f"{name}/server.{end}" for name in ("postgres", "mqtt") for end in ("crt", "key")},
        ),
    ],
)  # fmt: skip
def test_a_rotation_makes_anew_what_it_names_and_nothing_else(folder: Path, name: str, changed: set[str]) -> None:
    before = contents(folder)
    Installation(folder, Place()).make([name])
    after = contents(folder)
    assert {each for each in after if after[each] != before.get(each)} == changed


def test_devices_that_were_added_to_the_mqtt_brokers_users_stay(folder: Path) -> None:
    path = folder / "mqtt" / "passwords"
    path.write_text(path.read_text() + "camera-7:$7$101$AA==$AA==\n")
    Installation(folder, Place()).make(["mqtt"])
    assert [line.partition(":")[0] for line in path.read_text().splitlines()] == ["camera-7", "ioc-mqtt"]


def test_certificates_that_end_soon_are_told(folder: Path) -> None:
    installation = Installation(folder, Place())
    assert installation.ending(datetime.now(UTC)) == []
    assert len(installation.ending(datetime.now(UTC) + timedelta(days=800))) == 4


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "postgres" / "server.crt", folder / "postgres" / "server.key")
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True) as secured:
                secured.sendall(b"here")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_server_is_trusted_by_who_trusts_the_authority_under_its_name(folder: Path) -> None:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    with (
        tls_server(folder) as port,
        socket.create_connection((LOOPBACK, port)) as connection,
        context.wrap_socket(connection, server_hostname="postgres") as secured,
    ):
        assert secured.recv(4) == b"here"
        assert secured.version() == "TLSv1.3"


def test_the_product_reads_its_files_as_they_are(folder: Path) -> None:
    settings = config.load({
        "IOC_KAFKA__SASL_PASSWORD_FILE": str(folder / "users" / "ioc-worker.password"),
        "IOC_STORE__URL_FILE": str(folder / "postgres" / "owner.url"),
        "IOC_PRIVACY__PSEUDONYM_KEY_FILE": str(folder / "privacy" / "pseudonym.key"),
        "IOC_PRIVACY__PLATE_KEY_FILE": str(folder / "privacy" / "plate.key"),
        "IOC_PRIVACY__VAULT_KEY_FILE": str(folder / "privacy" / "vault.key"),
    }, folder).settings  # fmt: skip
    assert settings.store.url is not None
    password = (folder / "postgres" / "owner.password").read_text().strip()
    assert settings.store.url.get_secret_value().startswith(f"postgresql://ioc:{password}@postgres:5432/ioc?sslmode=v")


def test_the_command_tells_names_and_never_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "secrets"
    assert command.main([str(folder), "--kafka", "kafka.example.vn", "--user", str(os.geteuid() or 10001)]) == 0
    said = capsys.readouterr()
    assert "users/ioc-worker.password" in said.out.splitlines()
    assert command.main([str(folder), "--kafka", "kafka.example.vn", "--rotate", "ioc-worker"]) == 0
    again = capsys.readouterr()
    assert again.out == "users/ioc-worker.password\n"
    assert "ioc access apply" in again.err
    words = [path.read_text().strip() for path in (folder / "users").iterdir()]
    assert not [word for word in words if word in said.out + said.err + again.out + again.err]
    assert "advertised.listeners=CLIENTS://kafka.example.vn:9093," in (folder / "kafka/server.properties").read_text()


def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert command.main([str(tmp_path / "file")]) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_the_bridges_line_is_one_of_mosquittos_format(folder: Path) -> None:
    line = (folder / "mqtt" / "passwords").read_text()
    user, _, rest = line.strip().partition(":")
    kind, iterations, salt, digest = rest.strip("$").split("$")
    assert (user, kind, int(iterations), len(salt), len(digest)) == ("ioc-mqtt", "7", 20000, 16, 88)


def test_paths_are_those_that_the_processes_see(tmp_path: Path) -> None:
    place = Place(at=PurePosixPath("/etc/ioc"), data=PurePosixPath("/var/lib/ioc-kafka"), kafka="localhost")
    Installation(tmp_path, place).make()
    text = (tmp_path / "kafka" / "server.properties").read_text()
    assert "ssl.keystore.location=/etc/ioc/kafka/broker.pem" in text
    assert "log.dirs=/var/lib/ioc-kafka" in text
    assert "sslrootcert=/etc/ioc/ca.crt" in (tmp_path / "postgres" / "reader.url").read_text()
