"""With a vault nothing personal lies in clear in any topic, erasing reaches it, and without it nothing is taken."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ioc.privacy import Damaged, master_keys, open_box, split_header
from ioc.privacy.personal import about
from ioc.privacy.ports import HEADER
from ioc.topics import AUDIT, DLQ, RAW, RECEIPTS, SIGNALS
from tests.system.product import Event, Reader, bodies, publish
from tests.system.running import Running, up
from tests.system.test_personal_data import MAILS, NAMES, PHONES, leaks, now, parts, post, reports, topics

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class Vaulted:
    """The running product with a vault."""

    product: Running
    key: str

    @property
    def vault(self) -> Path:
        return self.product.folder / ".ioc" / "vault.db"

    def ioc(self, *arguments: str, code: int = 0, said: str = "") -> str:
        """Output of a command, run where the product runs."""
        done = subprocess.run(
            [sys.executable, "-m", "connectors.cli.main", *arguments],
            cwd=self.product.folder,
            env={**self.product.environment(), "IOC_PRIVACY__VAULT_KEY": self.key,
                 "IOC_WORKER__METRICS_PORT": self.product.worker_url.rpartition(":")[2],
                 "PYTHONPATH": str(Path(__file__).parents[2])},
            input=said, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout + done.stderr

    async def records(self, *names: str) -> dict[str, list[Any]]:
        """Everything committed on some topics."""
        async with Reader(self.product.bootstrap, names) as reader:
            return await reader.all()

    async def taken(self, wanted: set[str]) -> None:
        """Wait until intake has answered these reports."""
        async with Reader(self.product.bootstrap, [RECEIPTS]) as reader:
            deadline = time.monotonic() + 30
            while not wanted <= {receipt["id"] for receipt in bodies((await reader.all())[RECEIPTS])}:
                assert time.monotonic() < deadline

    async def sealed_count(self, outcome: str, number: int) -> None:
        """Wait until so many boxes have come to this."""
        line = f'ioc_sealed_reports_total{{outcome="{outcome}"}} {float(number)}'
        deadline = time.monotonic() + 20
        while line not in (text := self.product.metrics(self.product.worker_url)):
            assert time.monotonic() < deadline, re.findall(r"ioc_sealed.*", text)


@pytest.fixture(scope="module")
def vaulted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vaulted]:
    key = base64.b64encode(os.urandom(32)).decode()
    with up(tmp_path_factory.mktemp("vaulted"), IOC_PRIVACY__VAULT_KEY=key) as product:
        yield Vaulted(product, key)


def status(product: Running, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any], str | None]:
    """Status, content and ``Retry-After`` of a request."""
    request = urllib.request.Request(
        product.url + path,
        None if body is None else json.dumps(body).encode(),
        {"authorization": f"Bearer {product.key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers["Retry-After"]


async def test_a_life_of_a_reporter_from_the_first_report_to_the_erasure(vaulted: Vaulted) -> None:
    product, sent = vaulted.product, reports()
    anonymous = {"id": "pii-a", "occurred_at": now(), "text": f"Cây đổ, gọi {PHONES[1]}, {NAMES[1]}"}
    other = {"id": "pii-o", "occurred_at": now(), "text": "Mất nước", "reporter": {"id": "another-citizen"}}
    answers = [post(product, "reports", body) for body in (*sent, anonymous, other)]
    assert all('"accepted"' in answer for answer in answers), answers
    again = post(product, "reports", sent[0])
    assert '"accepted"' in again
    ids = {body["id"] for body in (*sent, anonymous, other)}
    await vaulted.taken(ids)

    # A record that the gateway wrote and the worker refuses: as dead letter it is as sealed as it was.
    raw = (await vaulted.records(RAW["reports"]))[RAW["reports"]]
    first = next(record for record in raw if record.key == b"pii-0")
    spoilt = [(name, b"9.9" if name == "ce_specversion" else value) for name, value in first.headers]
    await publish(product.bootstrap, [Event(RAW["reports"], "pii-0", first.value, spoilt)])
    async with Reader(product.bootstrap, [DLQ]) as reader:
        await reader.until(1, DLQ)

    # Nothing in clear, in no topic and no file; the signals are those of whole reports.
    names = sorted(await topics(product.bootstrap))
    records = await vaulted.records(*names)
    found = {
        (topic, *leaks(text)) for topic in names for record in records[topic] for text in parts(record) if leaks(text)
    }
    assert not found
    assert not any(b"another-citizen" in (record.value or b"") for topic in names for record in records[topic])
    assert all(HEADER in dict(record.headers) for record in records[RAW["reports"]])
    texts = [product.metrics(product.url), product.metrics(product.worker_url)]
    texts += [path.read_text(errors="replace") for path in (product.folder / ".ioc" / "logs").glob("*.log")]
    texts += [path.read_bytes().decode(errors="replace") for path in vaulted.vault.parent.glob("vault.db*")]
    assert not [leaks(text) for text in texts if leaks(text)]
    signals = {signal["event_id"]: signal for signal in bodies(records[SIGNALS])}
    assert ids <= signals.keys()
    (pseudonym,) = {signals[body["id"]]["reporter"] for body in sent}
    assert signals["pii-a"]["reporter"] is None
    assert signals["pii-o"]["reporter"] not in {None, pseudonym}

    # Who is asked for is found, by anything that is known, without a word about them.
    shown = json.loads(vaulted.ioc("privacy", "show", "-", "--json", said=f"{PHONES[0]}\n"))
    (entry,) = shown["found"]
    assert (entry["source"], entry["erased_at"], entry["pseudonyms"]) == ("operator", None, [pseudonym])
    for who in (PHONES[3], MAILS[0].upper(), pseudonym):
        assert pseudonym in vaulted.ioc("privacy", "show", who)
    vaulted.ioc("privacy", "show", "nobody-at-all", code=1)

    # Straight to Kafka, as other back ends do: in clear, and told of.
    clear = {**sent[0], "id": "pii-clear", "source": "operator"}
    await publish(product.bootstrap, [Event(RAW["reports"], "pii-clear", json.dumps(clear).encode())])
    await vaulted.taken({"pii-clear"})

    master = master_keys(vaulted.key)
    ref, box = split_header(dict(first.headers)[HEADER])
    wrapped = _wrapped(vaulted.vault)
    assert NAMES[0] in open_box(master.unwrap(wrapped[ref], ref), box, about("operator", "pii-0")).decode()

    erased = json.loads(vaulted.ioc("privacy", "erase", PHONES[0], "--by", "officer-7", "--json"))

    assert (erased["outcome"], erased["scrubbed"], len(erased["erased"])) == ("erased", True, 1)
    copies = {(copy["topic"], copy["kind"]): copy for copy in erased["copies"]}
    assert copies[RAW["reports"], "sealed"]["count"] == len(sent) + 2
    assert copies[RAW["reports"], "clear"]["count"] == 1
    assert copies[DLQ, "sealed"]["count"] == 1
    day = datetime.now(UTC)
    assert copies[RAW["reports"], "clear"]["last_day"] == _local(day + timedelta(days=8, minutes=6))
    assert erased["last_day"] == copies[DLQ, "sealed"]["last_day"] == _local(day + timedelta(days=31, minutes=6))

    # With all that is left on the disk, and the master key, nothing of the reporter opens.
    files = b"".join(path.read_bytes() for path in vaulted.vault.parent.glob("vault.db*"))
    assert wrapped[ref] not in files
    left = _wrapped(vaulted.vault)
    assert wrapped.keys() - left.keys() == {ref}
    for name, each in left.items():
        with pytest.raises(Damaged):
            open_box(master.unwrap(each, name), box, about("operator", "pii-0"))

    # Written down, once more said, and over.
    twice = vaulted.ioc("privacy", "erase", pseudonym, code=1)
    assert "unknown, or erased before" in twice
    assert "Erased before" in vaulted.ioc("privacy", "erase", PHONES[0])
    written = sorted(bodies((await vaulted.records(AUDIT))[AUDIT]), key=lambda entry: entry["at"])
    assert not leaks(json.dumps(written))
    audit = [entry for entry in written if entry["action"] == "privacy.erase"]
    assert [(entry["actor"], entry["action"], entry["outcome"]) for entry in audit] == [
        ("officer-7", "privacy.erase", "erased"),
        (audit[1]["actor"], "privacy.erase", "already_erased"),
    ]
    assert (audit[0]["object"], audit[0]["details"]["last_day"]) == (pseudonym, erased["last_day"])
    assert "Every chain holds" in vaulted.ioc("audit", "verify")

    # A record of theirs that comes again is an event like any other, without a person; the reporter may come back.
    others = [Event(RAW["reports"], f"key-{n}", first.value, first.headers) for n in range(8)]  # other partitions too
    await publish(product.bootstrap, others)
    await vaulted.sealed_count("erased", 8)
    assert '"accepted"' in post(product, "reports", {**sent[0], "id": "pii-back"})
    await vaulted.taken({"pii-back"})
    (back,) = [one for one in bodies((await vaulted.records(SIGNALS))[SIGNALS]) if one["event_id"] == "pii-back"]
    assert back["reporter"] == pseudonym


async def test_without_its_vault_the_gateway_takes_no_report_and_says_so(vaulted: Vaulted) -> None:
    product = vaulted.product
    body = {"id": "v-1", "occurred_at": now(), "text": f"gọi {PHONES[2]}", "reporter": {"id": "u-9"}}
    reading = {"device_id": "d", "metric": "pm2_5", "value": 4, "unit": "µg/m³", "observed_at": now()}
    away = vaulted.vault.with_name("elsewhere")
    shutil.move(vaulted.vault, away)
    try:
        code, problem, retry = status(product, "/v1/reports", body)
        assert (code, problem["type"], retry) == (503, "urn:ioc:problem:vault-unavailable", "10")
        assert not leaks(json.dumps(problem))
        assert status(product, "/v1/reports?validate=true", body)[0] == 200
        assert status(product, "/v1/sensors", reading)[0] == 202
        assert status(product, "/readyz")[1]["waiting_for"] == ["vault"]
        found = json.loads(vaulted.ioc("doctor", "--json", code=1))["findings"]
        (finding,) = [each for each in found if each["part"] == "vault"]
        assert (finding["state"], "there is no vault at" in finding["says"]) == ("wrong", True)
    finally:
        shutil.move(away, vaulted.vault)
    assert not any(record.key == b"v-1" for record in (await vaulted.records(RAW["reports"]))[RAW["reports"]])
    assert status(product, "/v1/reports", body)[0] == 202
    assert status(product, "/readyz")[0] == 200
    vaulted.vault.chmod(0o644)
    try:
        assert "may be read by others (mode 644)" in vaulted.ioc("doctor", code=1)
    finally:
        vaulted.vault.chmod(0o600)
    assert re.search(r"vault +\d+ keys, \d+ erased", vaulted.ioc("doctor"))


def _wrapped(path: Path) -> dict[bytes, bytes]:
    connection = sqlite3.connect(path)
    try:
        return dict(connection.execute("SELECT ref, wrapped FROM reporters WHERE wrapped IS NOT NULL"))
    finally:
        connection.close()


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).date().isoformat()
