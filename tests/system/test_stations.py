"""Files of stations, from the folder that they arrive in to the raw topic: each reading once, whatever happens."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from connectors.stations.files import Archive, Found, Signature
from connectors.stations.ledger import Ledger
from connectors.stations.link import Link
from connectors.stations.metrics import Metrics
from connectors.stations.watcher import Watcher
from deploy.local.kafka import Broker
from deploy.local.ports import free_port
from deploy.local.topics import create_topics
from ioc.events import decode_batch, event_id
from ioc.settings import StationsSettings
from ioc.stations import Reading, StationReader, shipped_symbols
from ioc.topics import ALERT_PREFIX, RAW, catalogue
from tests.system.gateway import records
from tests.system.product import Reader, asked, bodies
from tests.system.running import up

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime.now(UTC).replace(microsecond=0)
TOPIC = RAW["sensors"]
SYMBOLS = ("pH", "TSS", "COD", "PM2,5")
UNITS = {"pH": "-", "TSS": "mg/L", "COD": "mg/L", "PM2,5": "µg/Nm3"}


def text(at: datetime, symbols: tuple[str, ...] = SYMBOLS, status: str = "00") -> str:
    """A file's lines."""
    local = at.astimezone(ZONE)
    return "".join(
        f"{name}\t{n + 5},5\t{UNITS[name]}\t{local:%Y%m%d%H%M%S}\t{status}\r\n" for n, name in enumerate(symbols)
    )


def name(station: str, at: datetime) -> str:
    return f"{station}_{at.astimezone(ZONE):%Y%m%d%H%M%S}.txt"


def drop(folder: Path, station: str, at: datetime, content: str | None = None) -> Path:
    """Put a file there as a careful logger does: under another name, then renamed."""
    path = folder / station / name(station, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(text(at) if content is None else content)
    draft.rename(path)
    return path


def ids(bootstrap: str) -> Counter[str]:
    """How often each reading is in the topic, by the identity that the worker gives it."""
    found = records(bootstrap, TOPIC)
    decoded = decode_batch(
        "sensors", TOPIC, [record.value for record in found], [record.headers for record in found],
        now=datetime.now(UTC), max_future=timedelta(minutes=5),
    )  # fmt: skip
    assert decoded.rejects == []
    assert [event_id(event) for event in decoded.events] == decoded.own_ids
    return Counter(decoded.own_ids)


def natural(station: str, at: datetime) -> set[str]:
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {f"{station}|{metric}|{instant}" for metric in ("ph", "tss", "cod", "pm2_5")}


_NUMBERS = itertools.count()


class Stations:
    """An ``ioc stations`` process."""

    def __init__(self, home: Path, bootstrap: str, **settings: object) -> None:
        self.home = home
        self.folder = home / "drop"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.archive = home / "stations"
        self.port = free_port()
        values = {"settle_s": 0.1, "unfinished_s": 2.0, "linger_s": 0.3, "poll_s": 0.05, **settings}
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("IOC_")},
            "IOC_HOME": str(home),
            "IOC_KAFKA_BOOTSTRAP": bootstrap,
            "IOC_STATIONS__FOLDER": str(self.folder),
            "IOC_STATIONS__METRICS_PORT": str(self.port),
            **{f"IOC_STATIONS__{key.upper()}": str(value) for key, value in values.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Stations:
        with (self.home / "stations.log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), env=self._environment, stdout=log, stderr=log)
        return self

    @staticmethod
    def _command(*options: str) -> list[str]:
        return [sys.executable, "-m", "connectors.cli.main", "stations", *options]

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*options), env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )

    def get(self, path: str) -> tuple[int, str]:
        return asked(self.port, path)

    def metric(self, series: str) -> float:
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        return -1.0

    def until_answers(self, path: str, status: int, timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while self.get(path)[0] != status:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def until_empty(self, timeout_s: float = 30) -> None:
        """Wait until every file of the folder has been moved away."""
        deadline = time.monotonic() + timeout_s
        while list(self.folder.rglob("*.txt")):
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def archived(self, shelf: str) -> list[Path]:
        return sorted(path for path in (self.archive / shelf).rglob("*") if path.is_file())

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """SIGTERM; seconds until it ended, and it ended well."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0, self.log()
        return time.monotonic() - began

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log(self) -> str:
        return (self.home / "stations.log").read_text()


@pytest.fixture
def topics(emptied_broker: Broker) -> str:
    asyncio.run(create_topics(emptied_broker.bootstrap, catalogue(["province"])))
    return emptied_broker.bootstrap


@pytest.fixture
def stations(topics: str, tmp_path: Path) -> Iterator[Stations]:
    process = Stations(tmp_path, topics)
    yield process
    process.close()


@pytest.fixture
def station(request: pytest.FixtureRequest) -> str:
    """A code that no other test has."""
    return "".join(char if char.isalnum() else "-" for char in request.node.name)[5:40] + f"-{next(_NUMBERS)}"


def mine(bootstrap: str, station: str) -> Counter[str]:
    return Counter({key: count for key, count in ids(bootstrap).items() if key.startswith(station)})


def test_a_file_becomes_readings_as_the_gateway_writes_them(stations: Stations, topics: str, station: str) -> None:
    path = drop(stations.folder, station, NOW, text(NOW, status="01"))
    stations.start().until_empty()
    found = [record for record in records(topics, TOPIC) if record.key == station.encode()]
    assert len(found) == 4
    headers = dict(found[0].headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_source"] == b"stations"
    assert headers["ce_type"] == b"vn.ioc.sensor.v1"
    assert headers["content-type"] == b"application/json"
    assert mine(topics, station) == dict.fromkeys(natural(station, NOW), 1)
    assert b'"status":"01"' in found[0].value
    assert [file.name for file in stations.archived("done")] == [path.name]
    assert stations.metric('ioc_station_readings_total{outcome="accepted"}') == 4
    assert stations.metric('ioc_station_files_total{outcome="done"}') == 1
    assert stations.metric("ioc_station_files_open") == 0
    assert stations.metric("ioc_broker_up") == 1
    assert stations.stop() < 5


def test_what_comes_again_or_hours_late_counts_once(stations: Stations, topics: str, station: str) -> None:
    times = [NOW - timedelta(minutes=5 * n) for n in range(40)]
    stations.start()
    drop(stations.folder, station, times[0])
    stations.until_empty()
    for at in reversed(times):
        drop(stations.folder, station, at)
        drop(stations.folder / "again", station, at)  # under another folder and at the same moment
    stations.until_empty()
    stations.stop()
    for at in times[:7]:
        drop(stations.folder, station, at)
    stations.start().until_empty()
    assert mine(topics, station) == dict.fromkeys(set().union(*(natural(station, at) for at in times)), 1)
    assert stations.metric('ioc_station_readings_total{outcome="duplicate"}') == 7 * 4
    assert stations.metric('ioc_station_readings_total{outcome="accepted"}') == 0


def test_what_piled_up_goes_out_the_oldest_first(stations: Stations, topics: str, station: str) -> None:
    times = [NOW - timedelta(minutes=5 * n) for n in range(30)]
    for at in times:  # the newest first on the disk
        drop(stations.folder, station, at, text(at, ("pH",)))
    stations.start().until_empty()
    found = [record.value for record in records(topics, TOPIC) if record.key == station.encode()]
    instants = [value.split(b'"observed_at":"')[1].split(b'"')[0] for value in found]
    assert len(instants) == 30
    assert instants == sorted(instants)


def test_a_broken_file_is_quarantined_with_line_and_reason_and_its_good_lines_are_kept(
    stations: Stations, topics: str, station: str
) -> None:
    lines = text(NOW).splitlines(keepends=True)
    drop(stations.folder, station, NOW, lines[0] + "TSS\tNaN\tmg/L\tgarbage\r\n" + lines[2] + "\0\0\0\0\r\n")
    stations.start().until_empty()
    assert len(mine(topics, station)) == 2
    bad, reasons = stations.archived("quarantine")
    assert bad.name == name(station, NOW)
    assert reasons.name == bad.name + ".reasons.tsv"
    rows = [row.split("\t") for row in reasons.read_text().splitlines()]
    assert rows[0] == ["line", "code", "reason", "text"]
    assert [row[:2] for row in rows[1:]] == [["2", "columns"], ["4", "characters"]]
    assert "TSS\\tNaN" in rows[1][3]
    assert stations.archived("done") == []
    assert stations.metric('ioc_station_readings_total{outcome="rejected"}') == 2
    assert stations.metric('ioc_station_files_total{outcome="quarantined"}') == 1


def test_a_file_that_is_still_being_written_is_not_read_half(stations: Stations, topics: str, station: str) -> None:
    """Slowly, with pauses longer than a file has to rest: within a line, and at a line's end."""
    whole = text(NOW).encode()
    at_line_end = whole.index(b"\n") + 1
    path = stations.folder / station / name(station, NOW)
    path.parent.mkdir()
    (path.parent / "other.part").write_bytes(b"pH\t1\t-\t")
    stations.start().until_answers("/readyz", 200)
    with path.open("wb", buffering=0) as file:
        file.write(whole[: at_line_end + 7])
        time.sleep(0.5)
        assert mine(topics, station) == {}
        assert stations.metric("ioc_station_files_open") == 1
        file.write(whole[at_line_end + 7 : -1])
        time.sleep(0.5)
        file.write(whole[-1:])
    stations.until_empty()
    assert mine(topics, station) == dict.fromkeys(natural(station, NOW), 1)
    assert stations.archived("quarantine") == []
    assert [file.read_bytes() for file in stations.archived("done")] == [whole]


def test_a_file_that_goes_on_after_it_was_read_is_read_again(topics: str, tmp_path: Path, station: str) -> None:
    stations = Stations(tmp_path, topics, linger_s=3.0)
    whole = text(NOW).encode()
    at_line_end = whole.index(b"\n") + 1
    path = stations.folder / station / name(station, NOW)
    path.parent.mkdir()
    try:
        stations.start().until_answers("/readyz", 200)
        with path.open("wb", buffering=0) as file:
            file.write(whole[:at_line_end])
            while stations.metric('ioc_station_readings_total{outcome="accepted"}') < 1:
                time.sleep(0.05)
            file.write(whole[at_line_end:])
        stations.until_empty()
        assert mine(topics, station) == dict.fromkeys(natural(station, NOW), 1)
        assert [file.read_bytes() for file in stations.archived("done")] == [whole]
    finally:
        stations.close()


def test_a_file_that_nobody_ends_is_read_after_a_while_without_its_last_half_line(
    stations: Stations, topics: str, station: str
) -> None:
    drop(stations.folder, station, NOW, text(NOW)[:-4])
    began = time.monotonic()
    stations.start().until_empty()
    assert time.monotonic() - began > 2.0
    assert len(mine(topics, station)) == 3
    assert [row.split("\t")[1] for row in stations.archived("quarantine")[1].read_text().splitlines()[1:]] == [
        "unfinished"
    ]


@pytest.mark.parametrize("committed", [True, False])
def test_a_crash_between_kafka_and_the_ledger_loses_and_doubles_nothing(
    committed: bool, stations: Stations, topics: str, station: str
) -> None:
    """What a process leaves that died after, or before, Kafka had its transaction."""
    path = drop(stations.folder, station, NOW)
    stations.archive.mkdir()
    reader = StationReader(shipped_symbols(), ZONE, timedelta(minutes=5))
    readings = reader.read(path.read_bytes(), station, NOW).readings

    async def die() -> None:
        ledger = Ledger(stations.archive / "ledger.db")
        there = path.stat()
        file = Found(f"{station}/{path.name}", Signature(there.st_size, there.st_mtime_ns, there.st_ino))
        number = ledger.begin([reading.key for reading in readings], [(file, f"done/x/{path.name}")], 0)
        if committed:
            link = await Link({"bootstrap_servers": topics}, ledger.name, "stations").open()
            await link.write(readings, number)
            await link.close()
        ledger.close()

    asyncio.run(die())
    assert len(mine(topics, station)) == 4 * committed
    stations.start().until_empty()
    assert mine(topics, station) == dict.fromkeys(natural(station, NOW), 1)


class AnswerLost(Link):
    """Kafka has the transaction, and its answer never comes."""

    async def write(self, readings: Sequence[Reading], number: int) -> None:
        await super().write(readings, number)
        raise TimeoutError


async def test_a_lost_answer_loses_and_doubles_nothing(topics: str, tmp_path: Path, station: str) -> None:
    folder = tmp_path / "drop"
    drop(folder, station, NOW)
    ledger = Ledger(tmp_path / "ledger.db")
    ways = iter([AnswerLost, Link])

    async def connect() -> Link:
        return await next(ways)({"bootstrap_servers": topics}, ledger.name, "stations").open()

    watcher = Watcher(
        StationsSettings(settle_s=0.1, linger_s=0.0, poll_s=0.05), folder=folder, archive=Archive(tmp_path / "archive"),
        reader=StationReader(shipped_symbols(), ZONE, timedelta(minutes=5)), ledger=ledger, metrics=Metrics(),
        connect=connect,
    )  # fmt: skip
    work = asyncio.create_task(watcher.run())
    for _ in range(600):
        if not list(folder.rglob("*.txt")):
            break
        await asyncio.sleep(0.05)
    watcher.stop()
    await work
    ledger.close()
    assert (watcher.totals.files, watcher.totals.accepted, watcher.totals.duplicate) == (1, 4, 0)
    assert await asyncio.to_thread(mine, topics, station) == dict.fromkeys(natural(station, NOW), 1)


@pytest.mark.timeout(170)
def test_killed_again_and_again_it_loses_and_doubles_nothing(
    topics: str, tmp_path: Path, station: str, long_run: bool
) -> None:
    """SIGKILL at random moments while files come, come again and come late; then every reading is there once."""
    random = Random(7)
    stations = Stations(tmp_path, topics, linger_s=0.0, poll_s=0.01, settle_s=0.02)
    times = [NOW - timedelta(minutes=5 * n) for n in range(2000 if long_run else 400)]
    random.shuffle(times)
    left = list(times)
    kills = 40 if long_run else 8
    try:
        for _ in range(kills):
            stations.start().until_answers("/readyz", 200)
            share, left = left[: len(times) // kills], left[len(times) // kills :]
            for at in share:
                drop(stations.folder, station, at)
                if random.random() < 0.3:
                    drop(stations.folder / "again", station, random.choice(times[: len(times) - len(left)]))
            time.sleep(random.uniform(0.0, 0.4))
            stations.kill()
        stations.start().until_answers("/readyz", 200)
        stations.until_empty(60)
        assert mine(topics, station) == dict.fromkeys(set().union(*(natural(station, at) for at in times)), 1)
        assert stations.stop() < 5
    finally:
        stations.close()


@pytest.mark.timeout(170)
def test_without_kafka_files_wait_and_the_process_still_ends(tmp_path: Path, station: str) -> None:
    """It starts without Kafka, goes on when it comes, survives its death and its freezing, and ends in every state."""
    port = free_port()
    stations = Stations(tmp_path / "home", f"127.0.0.1:{port}")
    try:
        drop(stations.folder, station, NOW)
        stations.start().until_answers("/readyz", 503)
        assert stations.get("/healthz")[0] == 200
        while stations.metric("ioc_station_files_open") != 1:
            time.sleep(0.05)
        assert stations.metric("ioc_broker_up") == 0
        assert stations.stop() < 10
        stations.start()
        with Broker(tmp_path / "kafka", port) as broker:
            while "ioc topics create" not in stations.get("/readyz")[1]:
                time.sleep(0.1)
            asyncio.run(create_topics(broker.bootstrap, catalogue(["province"])))
            stations.until_empty()
            assert mine(broker.bootstrap, station) == dict.fromkeys(natural(station, NOW), 1)

            broker.kill()
            later = [NOW - timedelta(hours=n) for n in (1, 2)]
            drop(stations.folder, station, later[0])
            stations.until_answers("/readyz", 503)
            broker.start()
            stations.until_empty()

            broker.pause()
            drop(stations.folder, station, later[1])
            time.sleep(1.0)
            assert stations.stop() < 10
            broker.resume()
            stations.start().until_empty()
            assert mine(broker.bootstrap, station) == dict.fromkeys(
                set().union(*(natural(station, at) for at in (NOW, *later))), 1
            )
        assert stations.log().count('"cannot_send"') < 12
    finally:
        stations.close()


def test_once_sends_what_is_there_and_ends(stations: Stations, topics: str, station: str) -> None:
    drop(stations.folder, station, NOW)
    drop(stations.folder / "again", station, NOW)
    (stations.folder / station / "trap.txt").symlink_to("/etc/passwd")
    done = stations.run("--once")
    assert done.returncode == 0, done.stderr
    assert "2 files: 4 readings sent, 4 sent before, 0 bad lines in 0 files" in done.stdout
    assert mine(topics, station) == dict.fromkeys(natural(station, NOW), 1)
    assert len(stations.archived("done")) == 2
    assert not any(file.name == "trap.txt" for file in stations.archived("done"))


def test_a_second_watcher_of_the_same_archive_is_refused(stations: Stations) -> None:
    stations.start().until_answers("/readyz", 200)
    done = stations.run("--once")
    assert done.returncode == 69
    assert "another `ioc stations` uses the folder" in done.stderr


def test_check_shows_how_a_file_is_read_and_sends_nothing(stations: Stations, topics: str, station: str) -> None:
    done = stations.run("--check", str(drop(stations.folder, station, NOW)))
    assert done.returncode == 0, done.stderr
    assert "\tpm2_5\t8.5\tµg/m³\t" in done.stdout
    done = stations.run("--check", str(drop(stations.folder, station, NOW, "pH\t7\t-\t20261122081500\n")))
    assert done.returncode == 1
    assert "1\tcolumns\texpected 5 columns" in done.stdout
    assert mine(topics, station) == {}


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    stations = Stations(tmp_path, "127.0.0.1:9", folder=tmp_path / "nowhere")
    done = stations.run()
    assert done.returncode == 78
    assert "IOC_STATIONS__FOLDER is no folder" in done.stderr


async def test_ioc_up_runs_it_and_hours_beyond_their_limit_become_one_alert(tmp_path: Path, station: str) -> None:
    """Dust has no limit of an hour; what is only calibrating, or a logger's "no reading", is no air at all."""
    folder, port = tmp_path / "drop", free_port()
    folder.mkdir()
    settings = {"IOC_STATIONS__FOLDER": str(folder), "IOC_STATIONS__METRICS_PORT": str(port)}
    with up(tmp_path, **settings, IOC_STATIONS__SETTLE_S="0.2") as running:
        for hours in (3, 2, 1):
            at = NOW - timedelta(hours=hours)
            local = f"{at.astimezone(ZONE):%Y%m%d%H%M%S}"
            lines = [("PM2,5", "20", "00"), ("SO2", "400", "00"), ("NO2", "9999", "00"), ("CO", "400000", "01")]
            content = "".join(f"{name}\t{value}\tµg/Nm3\t{local}\t{status}\r\n" for name, value, status in lines)
            drop(folder, station, at, content)
        drop(folder, station, NOW, f"PM2,5\t162,5\tµg/Nm3\t{NOW.astimezone(ZONE):%Y%m%d%H%M%S}\t00\r\n")
        topic = f"{ALERT_PREFIX}province"
        async with Reader(running.bootstrap, [topic]) as reader:
            await reader.until(1, topic)
            await asyncio.sleep(1.5)
            (alert,) = bodies((await reader.all())[topic])
        assert alert["title"] == "Khí SO2 trung bình 1 giờ cao hơn giới hạn: 400 µg/m³"
        assert 'ioc_station_readings_total{outcome="accepted"} 13.0' in running.metrics(f"http://127.0.0.1:{port}")
        # VN_AQI of the hour before, by its SO2; the hour that the 162.5 is of is not over.
        figures = running.metrics(running.worker_url)
        assert f'ioc_air_quality_index{{station="{station}"}} 113.0' in figures
        assert f'ioc_air_quality_level{{station="{station}"}} 3.0' in figures
        assert 'ioc_readings_total{flag="sentinel"} 3.0' in figures
        assert 'ioc_readings_total{flag="calibrating"} 3.0' in figures
        assert 'ioc_readings_total{flag="flatline"} 0.0' in figures
