"""Ports on the loopback address."""

from __future__ import annotations

import os
import socket
from itertools import count
from pathlib import Path

LOOPBACK = "127.0.0.1"
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 15_000
_ATTEMPTS = 200
_STRIDE = 61
_asked = count()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection in TIME_WAIT, left by the previous run, does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on, below the range from which the kernel serves outgoing connections.

    A port out of that range can be lost while its server restarts: to another program's outgoing connection, or to a
    client of that very server, whose repeated attempts on the loopback address end up connected to themselves.

    Each process begins at a place of its own: two that drew by lot would now and then be given the same port before
    either listens.

    Raises:
        OSError: no free port was found.

    """
    highest = _first_ephemeral()
    for _ in range(_ATTEMPTS):
        port = _LOWEST + (os.getpid() * _STRIDE + next(_asked)) % (highest - _LOWEST)
        if is_free(port):
            return port
    raise OSError(f"no free port found between {_LOWEST} and {highest} on {LOOPBACK}")


def _first_ephemeral() -> int:
    try:
        first = int(_EPHEMERAL.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        first = 32_768
    return first if first > _LOWEST + _ATTEMPTS else 32_768
