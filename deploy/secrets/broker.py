"""How a Kafka node is set up that lets nobody in without a name: TLS everywhere, SCRAM for clients, access lists.

Three listeners: ``CLIENTS`` (SASL_SSL, SCRAM-SHA-512) for everything that works with the product; ``INTERNAL`` and
``CONTROLLER`` (TLS with certificates of both sides) for the nodes among themselves. The first user is made over
``INTERNAL`` with the certificate of :data:`ROOT`, so that no password has to be known before there are users.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

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


def write_certificates(folder: Path, authority: Authority, hosts: tuple[str, ...]) -> None:
    """Put the nodes' and the root's certificates into a folder; what is there stays.

    ``broker.pem`` has key and chain as Kafka reads them; ``root.crt`` and ``root.key`` are for the program ``ioc``.
    """
    if not (folder / "broker.pem").exists():
        node = authority.issue(NODE, hosts)
        write_secret(folder / "broker.pem", node.key + node.certificate)
    if not (folder / "root.key").exists():
        root = authority.issue(ROOT)
        write_public(folder / "root.crt", root.certificate)
        write_secret(folder / "root.key", root.key)


def properties(keystore: Path, truststore: Path, listeners: Listeners, advertised: Listeners) -> dict[str, str]:
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
