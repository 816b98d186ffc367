"""The long form: ``python -m tests.chaos --minutes 10 --seed 7``. Exit code 1 if the books do not balance."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from deploy.local.kafka import Broker
from tests.chaos.course import run


def main() -> int:
    """Run the faults on a broker of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--rate", type=float, default=500.0, help="events per second")
    parser.add_argument("--keep", type=Path, help="folder for the logs; kept")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="ioc-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"logs in {folder}", flush=True)
    with Broker(folder / "kafka") as broker:
        result = asyncio.run(
            run(
                broker,
                folder,
                seconds=options.minutes * 60,
                seed=options.seed,
                workers=options.workers,
                rate=options.rate,
                say=lambda line: print(line, flush=True),
            )
        )
    print(f"seed {options.seed}: {result}")
    return 0 if result.balance.clean else 1


if __name__ == "__main__":
    sys.exit(main())
