"""``python -m deploy.local.prepare``: do before the first start what would make it and every later one slow.

Downloads the broker's jars, and lets a broker run once in a scratch folder to record the ahead-of-time cache of
:mod:`deploy.local.java`. What is there already is not done again.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from deploy.local import java
from deploy.local.jars import KAFKA_VERSION
from deploy.local.kafka import Broker, BrokerError
from deploy.local.screen import Screen

_ASSEMBLY_S: Final = 120.0
"""Longest wait for the cache after the training run; 6 s on an idle machine."""
_KEEP_S: Final = 30 * 24 * 3600.0
"""Caches of other checkouts and versions are 70 MB each; they go when nobody renewed them for a month."""


def prepare(screen: Screen) -> None:
    """Make sure that jars and cache are there.

    Raises:
        BrokerError: the broker cannot run on this machine.

    """
    with tempfile.TemporaryDirectory(prefix="ioc-kafka-") as scratch:
        made = Path(scratch) / "made.aot"
        broker = Broker(Path(scratch), report=screen.news, jvm=(f"-XX:AOTCacheOutput={made}",))
        with screen.step("Getting Apache Kafka", f"Apache Kafka {KAFKA_VERSION} is here"):
            cache = java.cache_file(broker.class_path())
        if cache.exists():
            return
        with screen.step("Preparing it for quick starts (once, about 15 s)", "It is prepared for quick starts"):
            broker.start()
            broker.stop(grace_s=_ASSEMBLY_S)
            if made.exists():
                _keep(made, cache)


def _keep(made: Path, cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    for other in cache.parent.glob("kafka-*.aot"):
        if other.stat().st_mtime < time.time() - _KEEP_S:
            other.unlink(missing_ok=True)
    # Running brokers have the file mapped and starting ones may read it: it only ever appears and goes as a whole.
    beside = cache.with_suffix(f".{os.getpid()}")
    shutil.copyfile(made, beside)
    beside.replace(cache)


def main() -> int:
    """Exit code 1 and one sentence when the broker cannot run here."""
    try:
        prepare(Screen())
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
