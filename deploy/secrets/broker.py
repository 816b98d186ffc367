"""How a Kafka node is set up that lets nobody in without a name: TLS everywhere, SCRAM for clients, access lists.

Three listeners: ``CLIENTS`` (SASL_SSL, SCRAM-SHA-512) for everything that works with the product; ``INTERNAL`` and
``CONTROLLER`` (TLS with certificates of both sides) for the nodes among themselves. The first user is made over
``INTERNAL`` with the certificate of :data:`ROOT`, so that no password has to be known before there are users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from deploy.local.properties import RULES, SINGLE_NODE, render
from deploy.secrets.authority import Authority
from deploy.secrets.files import write_public, write_secret

NODE: Final = "ioc-broker"
"""Common name of the nodes' certificates."""
ROOT: Final = "ioc-root"
"""Common name of the certificate that may do everything: makes users and access lists, and is for nothing else."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where a node listens, as host:port each; an empty host is every address."""

    clients: str
    internal: str
    controller: str


def write_node(path: Path, authority: Authority, hosts: Sequence[str]) -> None:
    """Write the nodes' key and certificate, in one file as Kafka reads them."""
    node = authority.issue(NODE, hosts)
    write_secret(path, node.key + node.certificate)


def write_root(folder: Path, authority: Authority) -> None:
    """Write ``root.crt`` and ``root.key``, with which the program ``ioc`` makes the first users."""
    root = authority.issue(ROOT)
    write_public(folder / "root.crt", root.certificate)
    write_secret(folder / "root.key", root.key)


CLIENTS_PORT: Final = 9093
INTERNAL_PORT: Final = 9094
CONTROLLER_PORT: Final = 9095


def server_properties(folder: PurePath, truststore: PurePath, data: PurePath, host: str) -> str:
    """Configuration of the one node of an installation, as its file.

    Args:
        folder: Where the node sees ``broker.pem``.
        truststore: Where it sees the authority's certificate.
        data: Where its records are.
        host: Name by which everybody reaches it.

    """
    ports = (CLIENTS_PORT, INTERNAL_PORT, CONTROLLER_PORT)
    listeners, advertised = (Listeners(*(f"{name}:{port}" for port in ports)) for name in ("", host))
    closed = properties(folder / "broker.pem", truststore, listeners, advertised)
    return render({**SINGLE_NODE, **RULES, **closed, "log.dirs": str(data)})


def client_properties(folder: PurePath, truststore: PurePath) -> str:
    """What Kafka's own tools need on the node's machine: they come as the node."""
    return render(
        {
            "security.protocol": "SSL",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(truststore),
        }
    )


def properties(keystore: PurePath, truststore: PurePath, listeners: Listeners, advertised: Listeners) -> dict[str, str]:
    """What makes a node refuse everybody whom its access lists do not name.

    Args:
        keystore: ``broker.pem`` as the node sees it.
        truststore: Certificate of the authority as the node sees it.
        listeners: Where it listens.
        advertised: Where it tells clients, other nodes and controllers that it is.

    """
    named = {"CLIENTS": listeners.clients, "INTERNAL": listeners.internal, "CONTROLLER": listeners.controller}
    told = {"CLIENTS": advertised.clients, "INTERNAL": advertised.internal}
    return {
        "listeners": ",".join(f"{name}://{where}" for name, where in named.items()),
        "advertised.listeners": ",".join(f"{name}://{where}" for name, where in told.items()),
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL",
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{advertised.controller}",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(truststore),
        "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
        "listener.name.internal.ssl.client.auth": "required",
        "listener.name.controller.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:CN={NODE};User:CN={ROOT}",
        "allow.everyone.if.no.acl.found": "false",
    }
