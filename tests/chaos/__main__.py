"""The long form: ``python -m tests.chaos --minutes 10 --seed 7``. Exit code 1 if something does not add up.

Half of the time goes to the engine with agents of its own, half to the whole product; ``--part`` gives it to one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from deploy.local.kafka import Broker
from tests.chaos.course import run
from tests.chaos.siege import besiege
from tests.postgres import find_postgres
from tests.postgres import running as postgres_running

_SECONDS = 60


def main() -> int:
    """Run the faults, each part on a broker of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", choices=("engine", "product"), help="only this one")
    parser.add_argument("--workers", type=int, default=3, help="of the engine's part")
    parser.add_argument("--rate", type=float, default=500.0, help="events per second of the engine's part")
    parser.add_argument("--requests", type=float, default=5.0, help="requests per second of the product's part")
    parser.add_argument("--keep", type=Path, help="folder for the logs; kept")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="ioc-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"logs in {folder}", flush=True)
    parts = {"engine": _engine, "product": _product}
    chosen = [options.part] if options.part else [*parts]
    seconds = options.minutes * _SECONDS / len(chosen)
    clean = [parts[part](options, folder / part, seconds) for part in chosen]
    return 0 if all(clean) else 1


def _say(line: str) -> None:
    print(line, flush=True)


def _engine(options: argparse.Namespace, folder: Path, seconds: float) -> bool:
    folder.mkdir()
    with Broker(folder / "kafka") as broker:
        result = asyncio.run(
            run(
                broker, folder, seconds=seconds, seed=options.seed, workers=options.workers, rate=options.rate, say=_say
            )
        )  # fmt: skip
    _say(f"engine, seed {options.seed}: {result}")
    return result.balance.clean


def _product(options: argparse.Namespace, folder: Path, seconds: float) -> bool:
    folder.mkdir()
    with ExitStack() as stack:
        # Every version of an incident is looked at in the end: none is to be compacted away before.
        broker = stack.enter_context(Broker(folder / "kafka", overrides={"log.cleaner.enable": "false"}))
        programs = find_postgres()
        database = stack.enter_context(postgres_running(programs)) if programs else None
        if database is None:
            _say("no PostgreSQL here: one store, in SQLite")
        result = besiege(
            folder / "town", broker, database, seconds=seconds, seed=options.seed, rate=options.requests, say=_say
        )
    _say(f"product, seed {options.seed}: {result}")
    return result.account.clean


if __name__ == "__main__":
    sys.exit(main())
