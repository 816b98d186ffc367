"""PostgreSQL and Mosquitto with the settings of the deployment: real servers, closed as these say."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
import pytest
from paho.mqtt import publish, subscribe
from paho.mqtt.client import MQTTv5
from psycopg import errors

from connectors.cli import config
from connectors.store.database import migrate, open_writer, url_of
from deploy.local.ports import LOOPBACK, free_port
from deploy.secrets.installation import Installation, Place
from deploy.secrets.mqtt import password_line
from tests.mosquitto import Mosquitto, find_mosquitto
from tests.postgres import find_postgres
from tests.system.running import lacking

DEPLOY = Path(__file__).parents[3] / "deploy"


class Database:
    """A cluster as the image makes it, with the deployment's files; its server runs as a user without rights."""

    def __init__(self, programs: Path, psql: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ioc-postgres-"))
        self.port = free_port()
        secrets = self.folder / "secrets"
        Installation(secrets, Place(at=PurePosixPath(secrets), postgres="localhost")).make()
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            Installation(secrets, Place()).give_to(nobody.pw_uid, nobody.pw_gid)
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._run(
            programs / "initdb", "--username=postgres", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8",
            f"--pwfile={secrets / 'postgres' / 'superuser.password'}", "-D", self.folder / "data",
        )  # fmt: skip
        shutil.copy(DEPLOY / "postgres" / "pg_hba.conf", self.folder / "pg_hba.conf")
        (self.folder / "pg_hba.conf").chmod(0o644)
        settings = {
            "ssl": "on", "ssl_cert_file": secrets / "postgres" / "server.crt",
            "ssl_key_file": secrets / "postgres" / "server.key", "ssl_min_protocol_version": "TLSv1.3",
            "hba_file": self.folder / "pg_hba.conf", "fsync": "off", "shared_buffers": "32MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", LOOPBACK, "-k",
                 self.folder, *options],
                stdout=log, stderr=log, cwd=self.folder, **self._user,
            )  # fmt: skip
        self._password = (secrets / "postgres" / "superuser.password").read_text().strip()
        self._until_it_answers()
        with self.as_superuser() as connection:
            connection.execute("CREATE DATABASE ioc")
        script = (DEPLOY / "postgres" / "20-roles.sql").read_text().replace("/run/ioc/", f"{secrets}/")
        (self.folder / "roles.sql").write_text(script)
        subprocess.run(
            [psql, "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", "ioc",
             "-f", self.folder / "roles.sql"],
            env={**os.environ, "PGPASSWORD": self._password}, check=True, capture_output=True,
        )  # fmt: skip
        self.owner, self.reader = (
            (secrets / "postgres" / f"{name}.url").read_text().strip().replace(":5432/", f":{self.port}/")
            for name in ("owner", "reader")
        )

    def as_superuser(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", password=self._password, dbname=database,
            autocommit=True,
        )  # fmt: skip

    def _run(self, *command: Any) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **self._user)
        assert done.returncode == 0, done.stderr

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                self.as_superuser().close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    programs, psql = find_postgres(), shutil.which("psql")
    if programs is None or psql is None:
        lacking("PostgreSQL's initdb and psql are not here: they come with postgresql")
    made = Database(programs, psql)
    yield made
    made.close()


def test_the_owner_makes_the_tables_and_the_reader_only_reads(database: Database) -> None:
    engine = open_writer(url_of(config.load({"IOC_DATABASE_URL": database.owner}, database.folder).settings))
    migrate(engine)
    engine.dispose()
    with psycopg.connect(database.reader, autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM incidents").fetchone() == (0,)
        assert reader.execute("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == ("TLSv1.3",)
        for statement in ("DELETE FROM incidents", "CREATE TABLE mine (x int)", "TRUNCATE alerts"):
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute(statement)


def test_nobody_gets_in_without_tls_or_with_another_name(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(database.reader.replace("sslmode=verify-full", "sslmode=disable"))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.owner.replace("/ioc?", "/postgres?"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.reader.replace("ioc_reader:", "ioc_reader:x"))


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mosquitto, Path]]:
    program = find_mosquitto()
    if program is None:
        lacking("mosquitto is not on the path: it comes with the system's package mosquitto")
    folder = tmp_path_factory.mktemp("mosquitto")
    secrets = folder / "secrets"
    Installation(secrets, Place(mqtt="localhost")).make()
    with (secrets / "mqtt" / "passwords").open("a") as file:
        file.write(password_line("device-7", "seven") + password_line("device-8", "eight"))
    Installation(secrets, Place(mqtt="localhost")).make()  # they stay
    broker = Mosquitto(program, folder)
    shutil.copy(DEPLOY / "mosquitto" / "acl", folder / "acl")
    (folder / "acl").chmod(0o600)
    text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    for ours, here in {
        "/mosquitto/data/": f"{folder}/", "/run/ioc/": f"{secrets}/", "/mosquitto/config/": f"{folder}/",
        "listener 8883": f"listener {broker.port} {LOOPBACK}",
    }.items():  # fmt: skip
        text = text.replace(ours, here)
    (folder / "mosquitto.conf").write_text(f"user {'root' if os.getuid() == 0 else 'nobody'}\n{text}")
    yield broker.start(), secrets
    broker.stop()


def speak(mosquitto: tuple[Mosquitto, Path], user: str, password: str, *, tls: bool = True) -> dict[str, Any]:
    broker, secrets = mosquitto
    return {
        "hostname": "localhost", "port": broker.port, "auth": {"username": user, "password": password},
        "tls": {"ca_certs": str(secrets / "ca.crt")} if tls else None, "protocol": MQTTv5,
    }  # fmt: skip


def test_the_bridge_hears_what_devices_say_under_their_own_names(mosquitto: tuple[Mosquitto, Path]) -> None:
    password = (mosquitto[1] / "mqtt" / "bridge.password").read_text().strip()
    # Retained, so that the bridge may come later; device 7 also tries to speak as device 8.
    for topic in ("devices/device-8/pm2_5", "devices/device-7/pm2_5"):
        publish.single(topic, b"{}", qos=1, retain=True, **speak(mosquitto, "device-7", "seven"))
    heard = subscribe.simple("devices/#", qos=1, msg_count=1, **speak(mosquitto, "ioc-mqtt", password))
    assert heard.topic == "devices/device-7/pm2_5"
    kept = [line for line in (mosquitto[1] / "mqtt" / "passwords").read_text().splitlines() if "device-" in line]
    assert len(kept) == 2


@pytest.mark.parametrize(("user", "password"), [("ioc-mqtt", "guessed"), ("device-7", "eight"), ("nobody", "")])
def test_nobody_speaks_to_the_mqtt_broker_without_a_password(
    mosquitto: tuple[Mosquitto, Path], user: str, password: str
) -> None:
    with pytest.raises(Exception, match=r"(?i)not authori[sz]ed|bad user"):
        publish.single("devices/x/y", b"{}", qos=1, **speak(mosquitto, user, password))


def test_nobody_speaks_to_the_mqtt_broker_in_clear(mosquitto: tuple[Mosquitto, Path]) -> None:
    broker, _secrets = mosquitto
    with socket.create_connection((LOOPBACK, broker.port), 5) as connection:
        connection.settimeout(5)
        connection.sendall(bytes.fromhex("101000044d5154540402003c000474657374"))  # CONNECT of MQTT 3.1.1
        try:
            answer = connection.recv(4)
        except ConnectionError:
            answer = b""
    assert not answer.startswith(b"\x20")  # no CONNACK
