"""A certificate authority of one installation, and the certificates that it gives.

Elliptic curves (P-256): short handshakes, and every client of Kafka, PostgreSQL and MQTT takes them. The authority's
key signs nothing but these; it can be kept elsewhere once the certificates are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.secrets.files import write_public, write_secret

_AUTHORITY_DAYS: Final = 3650
_CERTIFICATE_DAYS: Final = 825
"""What browsers and system libraries take at most from private authorities."""
_EARLIER: Final = timedelta(minutes=5)
"""Clocks of other machines may be slow."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, in PEM.

    Attributes:
        certificate: With the authority's behind it: what a server shows.
        key: PKCS #8, not encrypted: its file is what is protected.

    """

    certificate: bytes
    key: bytes


class Authority:
    """Who vouches for the servers of one installation."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The authority in this folder (``ca.crt``, ``ca.key``), made if there is none.

        Raises:
            OSError: the folder cannot be used.
            ValueError: one of the files is not what it should be.

        """
        certificate_path, key_path = folder / "ca.crt", folder / "ca.key"
        if certificate_path.exists():
            certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
            key = serialization.load_pem_private_key(key_path.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{key_path} holds a key of another kind")
            return cls(certificate, key)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("IOC installation authority")
        certificate = (
            _builder(name, name, key, _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_secret(key_path, _key_pem(key))
        write_public(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
        return cls(certificate, key)

    def issue(self, common_name: str, hosts: Sequence[str] = ()) -> Pair:
        """Give a certificate: of a server where there are hosts, and of a client always.

        Args:
            common_name: Whose it is.
            hosts: Names and addresses by which clients reach it.

        """
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if hosts else [])]
        builder = (
            _builder(_name(common_name), self._certificate.subject, key, _CERTIFICATE_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
            )
        certificate = builder.sign(self._key, hashes.SHA256())
        chain = [each.public_bytes(serialization.Encoding.PEM) for each in (certificate, self._certificate)]
        return Pair(b"".join(chain), _key_pem(key))


def ends_at(path: Path) -> datetime:
    """Until when the first certificate of a file holds."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
