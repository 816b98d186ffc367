"""A run against the whole product: a town lives, faults come, and in the end everything is accounted for."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka.structs import ConsumerRecord
from sqlalchemy import Engine, create_engine, make_url

from deploy.local.kafka import Broker
from ioc import topics
from ioc.intake.source import RECEIPTED
from tests.chaos.books import read_records
from tests.chaos.operators import Crowd
from tests.chaos.programs import Program
from tests.chaos.reckoning import Account, Reckoning, reckon_store, rows
from tests.chaos.town import CLOSES_S, SESSION_S, TARGET_S, Town, built
from tests.postgres import Postgres

READY_S = 90.0
CATCH_UP_S = 120.0
FIRST_S = 15.0
"""When there are incidents at the latest."""
GRACE_S = 8.0
"""How late a timer may be at the end, with everything running: its tick, a round, a busy machine."""


@dataclass
class Siege:
    """Draws faults, seeded, and carries them out."""

    town: Town
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _frozen: threading.Timer | None = None

    def strike(self) -> str:
        """One fault, with its end."""
        town = self.town
        kinds: dict[str, tuple[int, Callable[[], str]]] = {
            "kill": (8, self._kill),
            "freeze": (5, self._freeze),
            "stop": (2, self._stop),
            "no worker": (2, self._no_worker),
            "kill broker": (1, self._kill_broker),
            "freeze broker": (1, self._freeze_broker),
        }
        if town.database is not None:
            kinds["kill database"] = 1, self._kill_database
        name = self.chance.choices([*kinds], [weight for weight, _ in kinds.values()])[0]
        told = kinds[name][1]()
        self.done[name] += 1
        return told

    def _one(self) -> Program:
        town = self.town
        return self.chance.choice([*town.workers, *town.workers, *town.stores.values(), town.gateway, town.gateway])

    def _kill(self) -> str:
        program = self._one()
        program.kill()
        time.sleep(self.chance.uniform(0.0, 1.0))
        program.start()
        return f"killed {program.name}"

    def _freeze(self) -> str:
        """Others may be struck while it stands; one stands at a time."""
        self.thaw()
        program = self._one()
        program.freeze()
        self._frozen = threading.Timer(SESSION_S + self.chance.uniform(0.5, 3.0), program.thaw)
        self._frozen.start()
        return f"froze {program.name}"

    def thaw(self) -> None:
        """Wait for the end of what is frozen."""
        if self._frozen is not None:
            self._frozen.join()

    def _stop(self) -> str:
        program = self._one()
        program.stop()
        program.start()
        return f"stopped {program.name}"

    def _no_worker(self) -> str:
        for program in self.town.workers:
            program.kill()
        time.sleep(self.chance.uniform(0.0, 2.0))
        self.town.start()
        return "killed all workers"

    def _kill_broker(self) -> str:
        self.town.broker.kill()
        time.sleep(self.chance.uniform(0.5, 4.0))
        self.town.broker.start()
        return "killed the broker"

    def _freeze_broker(self) -> str:
        self.town.broker.pause()
        time.sleep(self.chance.uniform(1.0, 4.0))
        self.town.broker.resume()
        return "froze the broker"

    def _kill_database(self) -> str:
        assert self.town.database is not None
        self.town.database.kill()
        time.sleep(self.chance.uniform(0.2, 2.0))
        self.town.database.start()
        return "killed PostgreSQL"


@dataclass
class Outcome:
    """What a run came to."""

    account: Account
    faults: Counter[str]
    seconds_to_catch_up: float

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        return f"{self.faults.total()} faults ({faults}); caught up in {self.seconds_to_catch_up:.1f} s; {self.account}"


def besiege(
    folder: Path,
    broker: Broker,
    database: Postgres | None,
    *,
    seconds: float,
    seed: int,
    rate: float = 5.0,
    pause_s: tuple[float, float] = (0.5, 3.0),
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Let a town live under faults for so long, let it recover, and reckon.

    Args:
        folder: For everything that is written; new.
        broker: Running, and nobody else's: it is killed and frozen.
        database: The same; without it there is a store in SQLite only.
        seconds: Length of the load.
        seed: Of faults and load.
        rate: Requests with events per second.
        pause_s: Seconds between faults.
        say: Told of each fault.

    """
    with built(folder, broker, database) as town:
        _until(town.answers, READY_S, "the gateway is not ready")
        crowd = Crowd(town.client, seed, rate=rate)
        siege = Siege(town, random.Random(seed))
        crowd.start()
        first = time.monotonic()
        end = first + seconds
        time.sleep(min(12.0, seconds / 5))
        while time.monotonic() < end:
            told = siege.strike()
            say(f"{end - time.monotonic():6.1f} s left: {told}")
            time.sleep(siege.chance.uniform(*pause_s))
        siege.thaw()
        town.start()
        _until(town.answers, READY_S, "the gateway does not recover")
        crowd.stop()
        began = time.monotonic()
        complete = _within(lambda: _answered(town), CATCH_UP_S, every_s=1.0)
        caught_up = time.monotonic() - began
        # Until targets of the first incidents have passed, however short the run.
        time.sleep(max(0.0, first + TARGET_S + FIRST_S - time.monotonic()))
        still = datetime.now(UTC)
        time.sleep(GRACE_S)
        for worker in town.workers:
            worker.stop()
        records = _read(town)
        account = Reckoning(crowd.ledger, records, still, timedelta(seconds=CLOSES_S)).reckon()
        if not complete:
            account.fault("workers", f"have not caught up after {CATCH_UP_S:.0f} s: {town.workers[0].tail()}")
        _reckon_stores(town, account, records, len(crowd.ledger.readings))
        for program in town.programs:
            program.stop()
            for code in program.fell:
                account.fault("programs that ended by themselves", f"{program.name}: {code}\n{program.tail()}")
        return Outcome(account, siege.done, caught_up)


def _read(town: Town) -> dict[str, list[ConsumerRecord]]:
    names = [
        spec.name
        for spec in topics.catalogue(town.catalogue.centres)
        if not (spec.internal or spec.name == topics.HEALTH)
    ]

    async def read() -> dict[str, list[ConsumerRecord]]:
        return {name: await read_records(town.broker.bootstrap, name) for name in names}

    return asyncio.run(read())


def _answered(town: Town) -> bool:
    """Whether each record of a command has its receipt, and each event one."""

    async def read() -> tuple[int, int]:
        bootstrap = town.broker.bootstrap
        asked = len(await read_records(bootstrap, topics.COMMANDS))
        for source in RECEIPTED:
            asked += len(await read_records(bootstrap, topics.RAW[source]))
        found = rows(await read_records(bootstrap, topics.RECEIPTS))
        return asked, sum("rain" not in row["id"] for row in found)

    asked, answered = asyncio.run(read())
    return answered >= asked


def _reckon_stores(town: Town, account: Account, records: Mapping[str, list[ConsumerRecord]], readings: int) -> None:
    """Give each store time to get to the end, and take its last account."""
    for number, url in enumerate(town.stores):
        engine = _engine(url)
        deadline = time.monotonic() + CATCH_UP_S
        while True:
            found = Account()
            reckon_store(found, f"store {number}", engine, records, readings)
            if found.clean or time.monotonic() > deadline:
                break
            time.sleep(1.0)
        engine.dispose()
        for about, each in found.faults.items():
            account.faults[about] += each


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    return create_engine(parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() != "sqlite" else url)


def _until(what: Callable[[], bool], timeout_s: float, complaint: str) -> None:
    assert _within(what, timeout_s), f"{complaint} after {timeout_s:.0f} s"


def _within(what: Callable[[], bool], timeout_s: float, *, every_s: float = 0.2) -> bool:
    deadline = time.monotonic() + timeout_s
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True
