"""Where requests may go: public addresses, and those inside that the administrator has named.

Names are resolved here and the connection goes to what was checked: a name that answers differently a moment later
changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS: Final = {"https": 443, "http": 80}


class BlockedError(Exception):
    """The address may not be used; the message says why and names no secret."""


class Guard:
    """Resolves and checks.

    Args:
        inside: Host names and networks (CIDR) that may be reached though they are not public, also without TLS.

    Raises:
        ValueError: an entry has a slash and is no network.

    """

    def __init__(self, inside: Sequence[str]) -> None:
        self._hosts = frozenset(each.lower() for each in inside if "/" not in each)
        self._networks: list[Network] = [ipaddress.ip_network(each) for each in inside if "/" in each]

    async def address_of(self, url: str) -> tuple[str, int]:
        """Checked address and port of an URL's host.

        Raises:
            BlockedError: it may not be used.
            OSError: the name is not known, or cannot be looked up now.

        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port or _PORTS.get(parts.scheme, 0)
        if not host or not port:
            raise BlockedError("the address is no http or https URL")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(each[4][0]) for each in found]
        for address in addresses:
            named = host in self._hosts or any(address in network for network in self._networks)
            if named:
                continue
            if not _is_public(address):
                raise BlockedError(f"{host} is inside: name it in IOC_NOTIFY__INSIDE if it may be reached")
            if parts.scheme != "https":
                raise BlockedError(f"{host} is reached without TLS: use https, or name it in IOC_NOTIFY__INSIDE")
        return str(addresses[0]), port


def _is_public(address: Address) -> bool:
    """Whether an address is anybody's: what IPv6 carries of IPv4 is looked at as that."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if carried is not None:
            return _is_public(carried)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
