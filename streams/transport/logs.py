"""Keeping the libraries' logs readable: no line per rebalance step, no line per failed attempt."""

from __future__ import annotations

import logging
import time
from typing import Final

_EVERY_S: Final = 30.0
_CHATTY: Final = (
    "aiokafka",
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.consumer",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.consumer.subscription_state",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
)


class Throttle(logging.Filter):
    """Lets a message through once per half minute, whatever its arguments."""

    def __init__(self, every_s: float = _EVERY_S) -> None:
        super().__init__()
        self._every_s = every_s
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(record.msg, -self._every_s) < self._every_s:
            return False
        self._last[record.msg] = now
        return True


def calm() -> None:
    """Warnings and worse from Faust, mode and aiokafka, and each kind of aiokafka's only now and then."""
    for name in ("aiokafka", "faust", "mode"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _CHATTY:
        logger = logging.getLogger(name)
        if not any(isinstance(found, Throttle) for found in logger.filters):
            logger.addFilter(Throttle())
