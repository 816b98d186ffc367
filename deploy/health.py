"""``python -m deploy.health [URL]``: whether the product's process of this machine or container is well.

Without an address the first of the processes' usual ports that is open is asked whether it lives. What a health check
of an image runs: it loads nothing of the product and ends within some seconds.
"""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Final

PORTS: Final = (8080, 9101, 9201, 9301, 9401, 9404)
"""Of gateway, worker, watcher on stations' files, MQTT bridge, store and notifications."""
_HOST: Final = "127.0.0.1"
_TIMEOUT_S: Final = 4.0


def is_well(url: str) -> bool:
    """Whether the address answers with a success."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the address is the image's own
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError):
        return False


def address(ports: Sequence[int] = PORTS) -> str | None:
    """Where the process of this place is asked whether it lives, if one listens."""
    for port in ports:
        try:
            socket.create_connection((_HOST, port), _TIMEOUT_S).close()
        except OSError:
            continue
        return f"http://{_HOST}:{port}/healthz"
    return None


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 or 1, as health checks want it."""
    url = arguments[0] if arguments else address()
    return 0 if url is not None and is_well(url) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
