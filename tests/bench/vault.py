"""What the vault costs a report, without Kafka: ``python -m tests.bench.vault``.

Wall time on one core, median of passes that take turns, over the reports of the frozen set of personal data: nearly all
of them have something to seal, and every reporter is known. A new one costs a write to disk more, per request.
"""

from __future__ import annotations

import base64
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from connectors.vault import ReportSealer, Vault
from connectors.vault.vault import make_vault
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.classify.redact import Redactor
from ioc.events import Report, Reporter
from ioc.privacy import master_keys, split_header

SET = Path(__file__).parents[1] / "data" / "reports" / "pii_validation.jsonl"
PASSES = 9


def main() -> None:
    """Print the table."""
    redactor = Redactor(load_catalogue(load_folder(common_data()) | load_folder(shipped_province())).public_names)
    texts = [json.loads(line)["text"] for line in SET.read_text(encoding="utf-8").splitlines()]
    now = datetime.now(UTC)
    reports = [("bench", Report(f"r-{n}", now, text, reporter=Reporter(f"u-{n}"))) for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        path, masters = Path(folder) / "vault.db", master_keys(base64.b64encode(secrets.token_bytes(32)).decode())
        make_vault(path, masters)
        writer, reader = Vault(path, masters, writes=True), Vault(path, masters, writes=False)
        sealer = ReportSealer(writer, lambda text: redactor(text).text)
        refs = [split_header(header)[0] for _, header in sealer.seal(reports) if header is not None]
        jobs: dict[str, Callable[[], object]] = {
            "redact the text": lambda: [redactor(text) for text in texts],
            "redact and seal": lambda: sealer.seal(reports),
            "read a key": lambda: [reader.key(ref) for ref in refs],
        }
        taken: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(PASSES):
            for name, job in jobs.items():
                began = time.perf_counter()
                job()
                taken[name].append((time.perf_counter() - began) / len(reports))
        writer.table.close()
        reader.table.close()
    base = statistics.median(taken["redact the text"])
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:<18}{middle * 1e6:8.0f} µs/report {middle / base:6.2f}")


if __name__ == "__main__":
    main()
