"""The whole product of an invented province whose clocks are short: broker, two workers, stores, gateway."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from connectors.gateway.keys import KEYS_FILE, new_key
from deploy.local.kafka import Broker
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.topics import create_topics
from ioc import topics
from ioc.catalog import Catalogue, load_catalogue, load_folder, shipped_province
from ioc.vocabulary import SCOPES
from tests.chaos.programs import Program, clean_environment
from tests.postgres import Postgres

PUBLISHER = "town"
SESSION_S = 6.0
TARGET_S = 60
"""Time for handling of everything, the least that the table can say."""
CLOSES_S = 12.0
"""What is resolved is closed so long after."""
FORGETS_S = 45.0
"""What is over leaves memory so long after: longer than commands are repeated."""
WORKERS = 2
PARTITIONS = 3

_SOURCE = Path(__file__).parents[1] / "data" / "second-province"
_HOUR_S = 3600.0


def make_province(folder: Path) -> Catalogue:
    """The invented province, with a minute for everything and seconds until it is closed and forgotten."""
    shutil.copytree(_SOURCE, folder)
    duties = folder / "duties.csv"
    header, *rows = duties.read_text().splitlines()
    short = [re.sub(r",\d+,\d+,\d+,\d+,", ",1,1,1,1,", row, count=1) for row in rows]
    duties.write_text("\n".join([header, *short]) + "\n")
    common = (Path(str(shipped_province())).parents[1] / "common" / "correlation.toml").read_text()
    lifetimes = {"resolved": CLOSES_S, "machine_resolved": CLOSES_S, "closed": FORGETS_S, "rating_reopens": FORGETS_S}
    for name, seconds in lifetimes.items():
        common, changed = re.subn(rf"(?m)^{name}_hours = \d+", f"{name}_hours = {seconds / _HOUR_S:.6f}", common)
        assert changed == 1, name
    # A surge now and then, and one that ends: the rest is to be told of one by one.
    common = re.sub(r"(?m)^calm = 30 ", "calm = 60 ", common)
    common = re.sub(r"(?m)^quiet_min = 60", "quiet_min = 1", common)
    (folder / "correlation.toml").write_text(common)
    return load_catalogue(load_folder(folder))


@dataclass
class Town:
    """What runs.

    Attributes:
        broker: Kafka.
        database: PostgreSQL, if there is one here.
        workers: Two.
        stores: By database URL.
        gateway: One.
        url: Of the gateway.
        token: A key with every scope.
        catalogue: The province.

    """

    broker: Broker
    database: Postgres | None
    workers: list[Program]
    stores: dict[str, Program]
    gateway: Program
    url: str
    token: str
    catalogue: Catalogue

    @property
    def programs(self) -> list[Program]:
        return [*self.workers, *self.stores.values(), self.gateway]

    def client(self) -> httpx.Client:
        """A client of the gateway; no request of it takes longer than a frozen gateway is frozen."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=15, trust_env=False)

    def answers(self) -> bool:
        """Whether the gateway is ready."""
        with contextlib.suppress(httpx.TransportError), self.client() as client:
            return client.get("/readyz").status_code == httpx.codes.OK
        return False

    def start(self) -> None:
        """Whatever does not run."""
        for program in self.programs:
            program.thaw()
            program.start()


@contextmanager
def built(folder: Path, broker: Broker, database: Postgres | None) -> Iterator[Town]:
    """The product in a folder of its own, started, for the length of a block."""
    home = folder / "home"
    home.mkdir(parents=True)
    catalogue = make_province(folder / "province")
    asyncio.run(create_topics(broker.bootstrap, topics.catalogue(catalogue.centres), partitions=PARTITIONS))
    port = free_port()
    environment = clean_environment() | {
        "IOC_HOME": str(home),
        "IOC_KAFKA_BOOTSTRAP": broker.bootstrap,
        "IOC_PROVINCE__FOLDER": str(folder / "province"),
        "IOC_PRIVACY__PSEUDONYM_KEY": "a key for tests only",
        "IOC_WORKER__SESSION_TIMEOUT_MS": f"{SESSION_S * 1000:.0f}",
        "IOC_WORKER__METRICS_PORT": "0",
        "IOC_STORE__METRICS_PORT": "0",
        "IOC_STORE__MIGRATE": "true",
        "IOC_GATEWAY__PORT": str(port),
    }
    urls = [f"sqlite:///{home / 'store.db'}", *([database.database()] if database else [])]
    token, _ = new_key(home / KEYS_FILE, PUBLISHER, SCOPES)
    town = Town(
        broker=broker,
        database=database,
        workers=[Program(f"worker-{number}", ("worker",), folder, environment) for number in range(WORKERS)],
        stores={
            url: Program(f"store-{number}", ("store", "run"), folder, environment | {"IOC_DATABASE_URL": url})
            for number, url in enumerate(urls)
        },
        gateway=Program("gateway", ("gateway",), folder, environment),
        url=f"http://{LOOPBACK}:{port}",
        token=token,
        catalogue=catalogue,
    )
    try:
        town.start()
        yield town
    finally:
        for program in town.programs:
            program.kill()
