"""How soon an alert is on screen: ``python -m tests.bench.console [--rate 500] [--reports 60]``.

The whole product of ``ioc up`` with its simulator at a rate, and the console in the system's Chromium, all on one
machine. A report counts from the moment at which the gateway has said that Kafka has it until the browser has put its
incident into the list; reports that join an incident which is there already have no row of their own and are left
out. Three parts of it are told: until the owner decided, from there until the page had the alert, and until it stood
in the list. The first paint is that of a page that the browser has seen before.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.system.console.browser import chromium, connected, context_of, opened, person
from tests.system.running import Running, up

SEEN = """
globalThis.seen = {};
globalThis.heard = {};
const parse = JSON.parse;
JSON.parse = (text, ...more) => {
  const found = parse(text, ...more);
  if (found?.alert_id) {
    for (const [mark] of text.matchAll(/mk[a-z]{8}/g)) globalThis.heard[mark] ??= [Date.parse(found.at), Date.now()];
  }
  return found;
};
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) {
    for (const [mark] of (node.textContent ?? "").matchAll(/mk[a-z]{8}/g)) globalThis.seen[mark] ??= Date.now();
  }
}).observe(document, {childList: true, subtree: true, characterData: true});
localStorage.setItem("ioc.filter", JSON.stringify({order: "newest"}));
"""
PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
BETWEEN_S = 0.4
TEXTS = ("Cây {} gãy đổ chắn đường", "Cống {} tắc, nước tràn", "Mất nước sạch, khu {}", "Ổ gà lớn ở ngõ {}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=500, help="events per second of the simulator")
    parser.add_argument("--reports", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, up(Path(folder)) as product:
        simulator = subprocess.Popen(
            [sys.executable, "-m", "connectors.cli.main", "simulate", "--rate", str(asked.rate)],
            cwd=folder, env=product.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            shown, paint = measured(product, asked.reports)
        finally:
            simulator.terminate()
            simulator.wait(10)
    print(f"first paint {paint:.0f} ms; accepted to screen at {asked.rate} events/s: n {len(shown)}, ", end="")
    print(told([each.shown - each.accepted for each in shown]))
    print(f"  accepted to decided: {told([each.decided - each.accepted for each in shown])}")
    print(f"  decided to browser: {told([each.heard - each.decided for each in shown])}")
    print(f"  browser to list: {told([each.shown - each.heard for each in shown])}")


def told(seconds: list[float]) -> str:
    """Median and the 99th percentile of durations."""
    ordered = sorted(seconds)
    worst = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return f"median {statistics.median(ordered):.2f} s, p99 {worst:.2f} s"


class Way(NamedTuple):
    """When a report that made an incident was where, in seconds since 1970."""

    accepted: float
    decided: float
    heard: float
    shown: float


def measured(product: Running, count: int) -> tuple[list[Way], float]:
    """The way of each report that made an incident, and the first paint in milliseconds."""
    communes = [each["name"] for each in product.get("/v1/catalogue")["communes"]]
    who = person(product.url, product.folder / ".ioc", "provincial_duty")
    accepted: dict[str, float] = {}
    with chromium() as browser, httpx.Client(base_url=product.url, timeout=30) as client:
        context = context_of(browser, product.url, who)
        context.add_init_script(SEEN)
        page = opened(context)
        page.reload()
        connected(page)
        paint = float(page.evaluate(PAINT))
        client.headers["authorization"] = f"Bearer {product.key}"
        for number in range(count):
            mark = "mk" + "".join(secrets.choice("bcdfghlmnpqrst") for _ in range(8))
            place = communes[(number * 7) % len(communes)]
            text = TEXTS[number // len(communes) % len(TEXTS)].format(mark)
            report = {"id": mark, "occurred_at": datetime.now(UTC).isoformat(), "text": f"{text} ở {place}"}
            client.post("/v1/reports", json=report).raise_for_status()
            accepted[mark] = time.time()
            page.wait_for_timeout(BETWEEN_S * 1000)
        page.wait_for_timeout(3_000)
        seen: dict[str, int] = page.evaluate("globalThis.seen")
        heard: dict[str, tuple[int, int]] = page.evaluate("globalThis.heard")
        context.close()
    ways = [
        Way(at, heard[mark][0] / 1000, heard[mark][1] / 1000, seen[mark] / 1000)
        for mark, at in accepted.items()
        if mark in seen and mark in heard
    ]
    return ways, paint


if __name__ == "__main__":
    main()
