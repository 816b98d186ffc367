"""Microbenchmark of ``ioc.events`` without Kafka: ``python -m tests.bench.decode``.

CPU time of one core, best of several passes over batches of 2,000 records. The last two rows validate the same sensor
records with pydantic alone, value by value and joined into one JSON array, and are why decoding goes value by value.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import orjson
from pydantic import TypeAdapter

from ioc.events import SPECS, TYPES, Sensor, decode_batch, to_binary_headers
from ioc.events.decode import Headers
from ioc.vocabulary import Source

RECORDS = 20_000
BATCH = 2_000
PASSES = 15
NOW = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)


def sensor(n: int, unit: str = "µg/m³") -> dict[str, object]:
    """One reading, the size of a real one."""
    return {
        "device_id": f"air-{n % 500:04d}",
        "metric": "pm2_5",
        "value": n % 97 + 0.5,
        "unit": unit,
        "observed_at": f"2026-10-01T08:{n // 60 % 60:02d}:{n % 60:02d}+07:00",
        "lat": 20.95,
        "lon": 107.08,
    }


def bts(n: int) -> dict[str, object]:
    """One coverage sample."""
    return {
        "site_id": f"QNH-{n % 2649:04d}",
        "operator": "VNPT",
        "technology": "4G",
        "observed_at": f"2026-10-01T08:{n // 60 % 60:02d}:{n % 60:02d}+07:00",
        "state": "in_service",
        "rsrp_dbm": -90.5,
        "rsrq_db": -9.5,
        "users": 40,
        "prb_ratio": 0.4,
    }


def report(n: int) -> dict[str, object]:
    """One citizen's report."""
    return {
        "id": f"r-{n}",
        "occurred_at": f"2026-10-01T08:{n // 60 % 60:02d}:{n % 60:02d}+07:00",
        "text": "Cây đổ chắn ngang đường gần chợ, xe máy không qua được, đề nghị xử lý sớm. " * 3,
        "lat": 20.95,
        "lon": 107.08,
        "channel": "app",
        "reporter": {"id": f"u-{n % 999}", "name": "Nguyễn Văn A", "phone": "0912345678"},
    }


def best(job: Callable[[], object]) -> float:
    """CPU microseconds per record, best pass."""
    seconds = []
    for _ in range(PASSES):
        start = time.process_time()
        job()
        seconds.append(time.process_time() - start)
    return min(seconds) / RECORDS * 1e6


def decoding(source: Source, values: Sequence[bytes], headers: Sequence[Headers], good: int) -> Callable[[], None]:
    """Decode all records in batches, and see that as many are good as should be."""

    def run() -> None:
        total = 0
        for start in range(0, RECORDS, BATCH):
            part = slice(start, start + BATCH)
            total += len(
                decode_batch(source, "t", values[part], headers[part], now=NOW, max_future=timedelta(minutes=5))
            )
        assert total == good

    return run


def main() -> None:
    """Print the table."""
    sensors = [orjson.dumps(sensor(n)) for n in range(RECORDS)]
    plain: Sequence[Headers] = [[]] * RECORDS
    binary = [to_binary_headers(f"e-{n}", "urn:stations", TYPES["sensors"], NOW) for n in range(RECORDS)]
    spoiled = [b'{"device_id":1}' if n % 100 == 0 else value for n, value in enumerate(sensors)]
    ascii_units = [orjson.dumps(sensor(n, "ug/m3")) for n in range(RECORDS)]
    validate = SPECS["sensors"].validate
    joined = TypeAdapter(list[Sensor]).validator.validate_json
    rows: list[tuple[str, Callable[[], object]]] = [
        ("sensors, plain JSON", decoding("sensors", sensors, plain, RECORDS)),
        ("sensors, unit to convert", decoding("sensors", ascii_units, plain, RECORDS)),
        ("sensors, CloudEvents binary", decoding("sensors", sensors, binary, RECORDS)),
        ("sensors, 1 % bad", decoding("sensors", spoiled, plain, RECORDS - RECORDS // 100)),
        ("bts, plain JSON", decoding("bts", [orjson.dumps(bts(n)) for n in range(RECORDS)], plain, RECORDS)),
        ("reports, plain JSON", decoding("reports", [orjson.dumps(report(n)) for n in range(RECORDS)], plain, RECORDS)),
        ("pydantic alone, value by value", lambda: [validate(value) for value in sensors]),
        ("pydantic alone, joined array", lambda: joined(b"[" + b",".join(sensors) + b"]")),
    ]
    for name, job in rows:
        microseconds = best(job)
        print(f"{name:<32}{microseconds:6.2f} µs/record {1e6 / microseconds:>10,.0f} records/s")


if __name__ == "__main__":
    main()
