"""What the log of an edge's process holds: bodies, queries and tokens are in no field."""

from __future__ import annotations

import logging
import sys

from ioc.logs import JsonLines


def configure(level: str) -> None:
    """Send the process's log to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # The client logs every attempt while Kafka is away; the process says once that it is.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
