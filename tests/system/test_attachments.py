"""Pictures over HTTP, against a real gateway process: cleaned, kept, shown to operators, gone when they are old."""

from __future__ import annotations

import asyncio
import io
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from connectors.gateway.pictures import MAX_BYTES
from deploy.local.kafka import Broker
from deploy.local.topics import create_topics
from ioc.topics import RAW, catalogue
from tests.system.gateway import Gateway, records, running

JPEG = {"content-type": "image/jpeg"}
HOST = "photos.example.vn"
OWNER = b"Nguyen Van A"


@pytest.fixture(scope="module")
def gateway(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    asyncio.run(create_topics(broker.bootstrap, catalogue(["province"])))
    home = tmp_path_factory.mktemp("gateway")
    with running(home, broker.bootstrap, photo_hosts=[HOST]) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Callable[[str], httpx.Client]]:
    """Clients of further keys."""
    with ExitStack() as stack:
        yield lambda token: stack.enter_context(gateway.client_of(token))


def photo(colour: str = "green") -> bytes:
    exif = Image.Exif()
    exif[0x013B] = OWNER.decode()
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def report(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"id": secrets.token_hex(8), "occurred_at": now, "text": "Cây đổ chắn ngang đường", **changes}


def test_a_picture_is_uploaded_named_in_a_report_and_shown_to_operators(
    gateway: Gateway, broker: Broker, client: Callable[[str], httpx.Client]
) -> None:
    sent = photo()
    assert OWNER in sent
    publisher = client(gateway.token_of("reports:write", publisher="app"))
    answer = publisher.post("/v1/attachments", content=sent, headers=JPEG)
    assert answer.status_code == 201
    name, reference = answer.json()["id"], answer.json()["reference"]
    assert reference == f"ioc:attachment/{name}"
    form = publisher.post("/v1/attachments", files={"file": ("evil.svg", sent, "image/svg+xml")}, data={"note": "x"})
    assert (form.status_code, form.json()["reference"]) == (201, reference)
    body = report(photos=[reference, f"https://{HOST}/1.jpg"])
    assert publisher.post("/v1/reports", json=body).status_code == 202
    found = [each for each in records(broker.bootstrap, RAW["reports"]) if body["id"].encode() in each.value]
    assert len(found) == 1
    assert reference.encode() in found[0].value

    operator = client(gateway.token_of("incidents:read", publisher="desk"))
    shown = operator.get(answer.headers["location"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["cache-control"] == "private, no-store"
    assert OWNER not in shown.content
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.size, not image.getexif()) == ((80, 60), True)
    assert publisher.get(f"/v1/attachments/{name}").status_code == 403
    assert client("ioc_none").get(f"/v1/attachments/{name}").status_code == 401
    assert operator.get("/v1/attachments/secret").status_code == 404
    assert operator.get("/v1/attachments/..%2Fkeys.json").status_code == 404
    assert operator.post("/v1/attachments", content=sent, headers=JPEG).status_code == 403


@pytest.mark.parametrize(
    ("photos", "pointer", "code"),
    [
        (["https://elsewhere.example/1.jpg"], "/photos/0", "not_allowed"),
        ([f"https://{HOST}/1.jpg", "javascript:alert(1)"], "/photos/1", "not_allowed"),
        ([f"http://{HOST}/1.jpg"], "/photos/0", "not_allowed"),
        (["ioc:attachment/" + "a" * 40], "/photos/0", "unknown"),
        (["ioc:attachment/../keys"], "/photos/0", "unknown"),
    ],
)
def test_photos_from_elsewhere_are_refused_by_name(
    gateway: Gateway, photos: list[str], pointer: str, code: str
) -> None:
    answer = gateway.client.post("/v1/reports", json=report(photos=photos))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert error["message"].startswith("must be ")
    assert photos[-1] not in answer.text


def test_channels_are_a_closed_vocabulary(gateway: Gateway) -> None:
    for channel in ("app", "hotline", "officer", "portal", "zalo", None):
        assert gateway.client.post("/v1/reports", json=report(channel=channel)).status_code == 202
    answer = gateway.client.post("/v1/reports", json=report(channel="fax"))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/channel", "not_allowed")
    assert "hotline" in error["message"]
    assert 'ioc_gateway_reports_total{channel="hotline"}' in gateway.client.get("/metrics").text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"<svg onload='alert(1)'/>", "image/png", 422),
        (b"", "image/jpeg", 422),
        (b"GIF89a", "application/octet-stream", 422),
        (photo(), "text/html", 415),
        (photo(), "image/svg+xml", 415),
        (bytes(MAX_BYTES + 1), "image/jpeg", 413),
        (b"no form", "multipart/form-data; boundary=x", 400),
        (b"no form", "multipart/form-data", 400),
    ],
)
def test_what_is_no_picture_is_not_kept(gateway: Gateway, content: bytes, kind: str, status: int) -> None:
    before = {*(gateway.home / "attachments").glob("??/*")}
    answer = gateway.client.post("/v1/attachments", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {*(gateway.home / "attachments").glob("??/*")} == before


def test_a_form_has_one_file(gateway: Gateway) -> None:
    two = [("file", ("a.jpg", photo(), "image/jpeg")), ("file", ("b.jpg", photo(), "image/jpeg"))]
    assert gateway.client.post("/v1/attachments", files=two).status_code == 400
    none = {"a": (None, "text")}
    assert gateway.client.post("/v1/attachments", files=none).status_code == 400


def test_pictures_are_bounded_per_key_and_old_ones_go_with_the_next_start(
    broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running(tmp_path_factory.mktemp("bounded"), broker.bootstrap, attachments_per_hour=8) as gateway:
        # A quarter of the hour's eight at once.
        codes = [gateway.client.post("/v1/attachments", content=photo(), headers=JPEG).status_code for _ in range(3)]
        assert codes == [201, 201, 429]
        with gateway.client_of(gateway.token_of("reports:write", publisher="other")) as other:
            answer = other.post("/v1/attachments", content=photo("blue"), headers=JPEG)
        kept = answer.json()["id"]
        (old,) = [path for path in (gateway.home / "attachments").glob("??/*") if path.stem != kept]
        long_ago = time.time() - 366 * 86_400
        os.utime(old, (long_ago, long_ago))
        gateway.stop()
        gateway.start()
        deadline = time.monotonic() + 20
        while old.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert gateway.client.get(f"/v1/attachments/{kept}").status_code == 200
