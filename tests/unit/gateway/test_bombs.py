"""What is small when it is sent and large when it is read: nothing of it is unpacked, and it is no failure of ours."""

from __future__ import annotations

import ast
import bz2
import gzip
import logging
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from connectors.gateway.app import create_app
from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.gateway.services import Services
from ioc.open311 import Open311Error, fields_of_json
from ioc.settings import GatewaySettings, Settings
from ioc.ves import shipped_ves_mapping
from ioc.vocabulary import SCOPES

ROOT = Path(__file__).resolve().parents[3]
JSON = {"content-type": "application/json"}
PATHS = ("/v1/reports", "/v1/events", "/v1/sensors", "/eventListener/v7")
DEPTH = 200_000


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    token, _ = new_key(tmp_path / KEYS_FILE, "tests", SCOPES)
    configuration = Settings(home=tmp_path, gateway=GatewaySettings(rate_per_key=1e9))
    app = create_app(configuration, Services(configuration, ["province"], "unused"), shipped_ves_mapping())
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEPTH + b"]" * DEPTH,
        b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
        b"[" * DEPTH,
        b'{"id": "a", "text": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"id": ' + b"9" * 100_000 + b"}",
        b'{"value": 1e999999}',
    ],
    ids=["arrays", "objects", "open", "as-deep-as-is-read", "digits", "exponent"],
)
async def test_json_nested_or_long_without_end_is_refused(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str, body: bytes
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.post(path, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500, answer.text
    assert len(answer.content) < 4_096
    assert not caplog.records


def test_open311_reads_no_nested_json() -> None:
    for body in (b'{"a":' * DEPTH, b'{"a": [[1]]}', b'{"attribute": {"A": {"B": 1}}}'):
        with pytest.raises(Open311Error):
            fields_of_json(body)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-gzip", "gzip, gzip", "bzip2"])
async def test_a_compressed_body_is_never_unpacked(client: httpx.AsyncClient, path: str, encoding: str) -> None:
    zeros = bytes(10_000_000)
    packed = {"deflate": zlib.compress, "bzip2": bz2.compress}.get(encoding, gzip.compress)(zeros)
    answer = await client.post(path, content=packed, headers=JSON | {"content-encoding": encoding})
    assert answer.status_code in {400, 415}


def test_no_xml_is_read_but_by_the_reader_without_entities() -> None:
    readers = {"xml", "lxml", "expat", "xmltodict", "bs4"}
    found = set()
    files = [path for part in ("ioc", "streams", "connectors") for path in (ROOT / part).rglob("*.py")]
    assert len(files) > 300
    for path in files:
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found |= {(path.name, name) for name in names if name.partition(".")[0] in readers}
    # Characters are escaped by it where XML is written; it reads none.
    assert {name for _, name in found} <= {"xml.sax.saxutils"}
