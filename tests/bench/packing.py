"""What compressing costs and saves the live list, without Kafka: ``python -m tests.bench.packing [--incidents 10000]``.

The console's snapshot: pages of 500 incidents with the members that its list asks for, through the gateway's layer,
once as they are and once compressed, taking turns; CPU is of this process, all of its threads. Titles are the frozen
set's reports. A second table has zlib's levels on the same pages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from starlette.responses import Response

from connectors.gateway.packing import Packed
from ioc.records import encode
from ioc.vocabulary import CATEGORIES, SEVERITIES
from tests.system import stored

ROOT = Path(__file__).parents[2]
SET = ROOT / "tests" / "data" / "reports" / "validation.jsonl"
LIST = ROOT / "connectors" / "console" / "static" / "js" / "core" / "live.js"
PAGE = 500
PASSES = 7
LEVELS = (1, 2, 4, 6)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--incidents", type=int, default=10_000)
    pages = made(parser.parse_args().incidents)
    asyncio.run(through_the_gateway(pages))
    size = sum(map(len, pages))
    for level in LEVELS:
        packed, spent = timed(partial(compressed, pages, level))
        print(f"level {level}: {packed / 1e6:.2f} MB, {packed / size:.1%}, {spent * 1000:.0f} ms")


async def through_the_gateway(pages: list[bytes]) -> None:
    """Ask for all pages as the console does."""
    app = FastAPI(openapi_url=None)

    @app.get("/v1/incidents")
    async def incidents(after: int) -> Response:
        return Response(pages[after], media_type="application/json")

    app.add_middleware(Packed)
    spent: dict[str, list[float]] = {"identity": [], "gzip": []}
    sent: dict[str, int] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        for _ in range(PASSES):
            for coding, times in spent.items():
                began, total = time.process_time(), 0
                for number in range(len(pages)):
                    headers = {"accept-encoding": coding}
                    async with client.stream("GET", f"/v1/incidents?after={number}", headers=headers) as answer:
                        total += sum([len(part) async for part in answer.aiter_raw()])
                times.append(time.process_time() - began)
                sent[coding] = total
    for coding, times in spent.items():
        spent = statistics.median(times) * 1000
        print(f"{coding}: {sent[coding] / 1e6:.2f} MB, {spent:.0f} ms CPU for {len(pages)} pages")


def compressed(pages: list[bytes], level: int) -> int:
    """Bytes that are left of the pages."""
    return sum(len(zlib.compress(page, level)) for page in pages)


def timed(work: Callable[[], int]) -> tuple[int, float]:
    """What some work gives, and the median of its CPU seconds."""
    times = []
    for _ in range(PASSES):
        began = time.process_time()
        found = work()
        times.append(time.process_time() - began)
    return found, statistics.median(times)


def made(count: int) -> list[bytes]:
    """Pages of open incidents as the gateway writes them."""
    draw = random.Random(7)
    names = re.findall(r'"(\w+)"', LIST.read_text(encoding="utf-8").partition("FIELDS = [")[2].partition("]")[0])
    texts = [json.loads(line)["text"] for line in SET.read_text(encoding="utf-8").splitlines()]
    rows = [chosen(draw, texts, number, names) for number in range(count)]
    return [orjson.dumps({"incidents": rows[at : at + PAGE], "next": f"{at}"}) for at in range(0, count, PAGE)]


def chosen(draw: random.Random, texts: list[str], number: int, names: list[str]) -> dict[str, Any]:
    """What the list asks for of one incident."""
    suffix = "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=6))
    commune = f"{draw.randrange(54):05d}"
    opened = stored.START + timedelta(seconds=draw.uniform(0, 86_400))
    whole = stored.incident(
        number, incident_id=f"22-{commune}-20261127-{suffix}", commune=commune, centre=f"centre-{number % 7}",
        unit=f"unit-{draw.randrange(40)}", category=draw.choice(CATEGORIES), subcategory=f"kind_{draw.randrange(90)}",
        severity=draw.choices(SEVERITIES, (1, 2, 5, 4))[0], title=draw.choice(texts)[:80], opened_at=opened,
        updated_at=opened + timedelta(seconds=draw.uniform(0, 9_000)),
        due_at=opened + timedelta(hours=draw.randrange(48)), lat=round(draw.uniform(20.7, 21.6), 6),
        lon=round(draw.uniform(106.5, 108.0), 6), version=draw.randrange(1, 30),
        evidence_count=draw.randrange(1, 12), reporters=draw.randrange(1, 9),
    )  # fmt: skip
    content = orjson.loads(encode(whole))
    return {name: content[name] for name in names if name in content}


if __name__ == "__main__":
    main()
