"""Where a worker's log goes: standard output, one JSON object a line, from the level of the settings up."""

from __future__ import annotations

import logging
import sys

from ioc.logs import JsonLines


def configure(level: str) -> None:
    """Send the process's log to standard output; libraries are kept calm by the engine."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
