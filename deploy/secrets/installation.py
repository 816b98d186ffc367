"""All secrets of one installation, in a folder: made where missing, kept where there, made anew where named.

| in the folder | for |
| --- | --- |
| ``ca.crt``, ``ca.key`` | everybody; nobody: keep the key elsewhere once the rest is made |
| ``kafka/`` | the Kafka node: its certificate, configuration, cluster id |
| ``root/`` | ``ioc access apply`` alone: may do everything on the cluster |
| ``users/`` | one password per user of the cluster |
| ``postgres/`` | the database: its certificate, three passwords, two addresses with theirs in it |
| ``mqtt/`` | the MQTT broker: its certificate, its users, the bridge's password |
| ``grafana/`` | the password of Grafana's administrator |
| ``privacy/`` | keys of pseudonyms, plates and vault: kept as long as there is personal data, never made anew here |
"""

from __future__ import annotations

import os
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from deploy.secrets.authority import Authority, ends_at
from deploy.secrets.broker import CLIENTS_PORT, client_properties, server_properties, write_node, write_root
from deploy.secrets.files import read_word, write_public, write_secret
from deploy.secrets.mqtt import password_line
from ioc.access import SERVICES, user_of

USERS: Final = tuple(user_of(role) for role in (*SERVICES, "operator", "administrator", "scaler"))
"""Users of the cluster that every installation has."""
CERTIFICATES: Final = ("kafka/broker.pem", "root/root.crt", "postgres/server.crt", "mqtt/server.crt")
ROTATABLE: Final = ("certificates", "users", "mqtt", "postgres", "grafana")
"""What can be made anew as a whole; a single user of the cluster can be, too."""
IMAGE_USER: Final = 10001
"""User and group of the product's image, who reads the files when root makes them."""
_SOON: Final = timedelta(days=30)
_AT: Final = PurePosixPath("/run/ioc")
_DATA: Final = PurePosixPath("/var/lib/kafka/data")
"""As the images of `deploy/compose.yaml` see them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is.

    Attributes:
        at: Where its processes see the folder.
        data: Where the Kafka node keeps its records.
        kafka: Name or address by which everybody reaches Kafka, the publishers outside too.
        postgres: The same of the database.
        mqtt: The same of the MQTT broker.

    """

    at: PurePosixPath = _AT
    data: PurePosixPath = _DATA
    kafka: str = "kafka"
    postgres: str = "postgres"
    mqtt: str = "mosquitto"


class Installation:
    """The folder of one installation's secrets.

    Args:
        folder: Where they are; made if it is not there.
        place: Where its parts are.

    """

    def __init__(self, folder: Path, place: Place) -> None:
        self._folder = folder
        self._place = place
        self._made: list[str] = []
        self._anew: Collection[str] = ()

    def make(self, anew: Collection[str] = ()) -> list[str]:
        """Make what is missing, and what is named anew.

        Args:
            anew: Any of :data:`ROTATABLE` and :data:`USERS`.

        Returns:
            Names of the files that were written.

        Raises:
            OSError: the folder cannot be used.
            ValueError: a file in it is not what it should be.

        """
        self._made, self._anew = [], anew
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        there = (self._folder / "ca.crt").exists()
        authority = Authority.of(self._folder)
        if not there:
            self._made += ["ca.crt", "ca.key"]
        self._certificates(authority)
        self._kafka()
        self._users()
        self._postgres()
        self._mqtt()
        self._word("grafana/admin.password", "grafana")
        self._word("privacy/pseudonym.key")
        self._word("privacy/plate.key")
        self._secret("privacy/vault.key", lambda: b64encode(secrets.token_bytes(32)).decode() + "\n")
        self._compose()
        return self._made

    def ending(self, now: datetime) -> list[str]:
        """Certificates that hold for less than a month."""
        return [name for name in CERTIFICATES if ends_at(self._folder / name) - now < _SOON]

    def give_to(self, user: int, group: int) -> None:
        """Let the processes' user own everything."""
        for path in (self._folder, *self._folder.rglob("*")):
            os.chown(path, user, group, follow_symlinks=False)

    def _certificates(self, authority: Authority) -> None:
        folder, place = self._folder, self._place
        if self._wanted("kafka/broker.pem", "certificates"):
            write_node(folder / "kafka" / "broker.pem", authority, _hosts(place.kafka))
        if self._wanted("root/root.crt", "certificates"):
            write_root(folder / "root", authority)
        for name, host in (("postgres", place.postgres), ("mqtt", place.mqtt)):
            if self._wanted(f"{name}/server.crt", "certificates"):
                server = authority.issue(host, _hosts(host))
                write_public(folder / name / "server.crt", server.certificate)
                write_secret(folder / name / "server.key", server.key)

    def _kafka(self) -> None:
        seen, truststore = self._place.at / "kafka", self._place.at / "ca.crt"
        self._secret("kafka/cluster.id", lambda: f"A{urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]}\n")
        # What is configured follows the place: written each time, told only when it differs.
        text = server_properties(seen, truststore, self._place.data, self._place.kafka)
        self._public("kafka/server.properties", text)
        self._public("kafka/client.properties", client_properties(seen, truststore))

    def _users(self) -> None:
        for user in USERS:
            self._word(f"users/{user}.password", "users", user)

    def _postgres(self) -> None:
        self._word("postgres/superuser.password", "postgres")
        for name, user in (("owner", "ioc"), ("reader", "ioc_reader")):
            password = self._word(f"postgres/{name}.password", "postgres")
            options = f"sslmode=verify-full&sslrootcert={self._place.at / 'ca.crt'}"
            url = f"postgresql://{user}:{password}@{self._place.postgres}:5432/ioc?{options}\n"
            self._follows(f"postgres/{name}.url", url, write_secret)

    def _mqtt(self) -> None:
        there = (self._folder / "mqtt" / "bridge.password").exists() and "mqtt" not in self._anew
        password = self._word("mqtt/bridge.password", "mqtt")
        path = self._folder / "mqtt" / "passwords"
        others = [line for line in _lines(path) if not line.startswith("ioc-mqtt:")]
        if not there or not path.exists():  # devices that the administrator added stay
            self._follows("mqtt/passwords", "".join([*others, password_line("ioc-mqtt", password)]), write_secret)

    def _compose(self) -> None:
        owner = os.geteuid() or IMAGE_USER
        group = os.getegid() if os.geteuid() else IMAGE_USER
        lines = {
            "IOC_SECRETS": str(self._folder.absolute()),
            "IOC_UID": str(owner),
            "IOC_GID": str(group),
            "IOC_KAFKA_HOST": self._place.kafka,
            "IOC_KAFKA_BOOTSTRAP": f"{self._place.kafka}:{CLIENTS_PORT}",
            "IOC_KAFKA_CLUSTER": read_word(self._folder / "kafka" / "cluster.id"),
        }
        self._public("compose.env", "".join(f"{name}={value}\n" for name, value in lines.items()))

    def _word(self, name: str, *groups: str) -> str:
        self._secret(name, lambda: secrets.token_urlsafe(32) + "\n", *groups)
        return read_word(self._folder / name)

    def _secret(self, name: str, made: Callable[[], str], *groups: str) -> None:
        if self._wanted(name, *groups):
            write_secret(self._folder / name, made().encode())

    def _public(self, name: str, text: str) -> None:
        self._follows(name, text, write_public)

    def _follows(self, name: str, text: str, write: Callable[[Path, bytes], None]) -> None:
        path = self._folder / name
        if not path.exists() or path.read_bytes() != text.encode():
            write(path, text.encode())
            self._made.append(name)

    def _wanted(self, name: str, *groups: str) -> bool:
        wanted = not (self._folder / name).exists() or any(group in self._anew for group in groups)
        if wanted:
            self._made.append(name)
        return wanted


def _hosts(name: str) -> tuple[str, ...]:
    """Under which names a server is reached: its own, and on its own machine."""
    return tuple(dict.fromkeys((name, "localhost", "127.0.0.1")))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
