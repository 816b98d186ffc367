from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from connectors.gateway.pictures import KEPT_SIDE, MAX_PIXELS, PictureError, cleaned
from connectors.gateway.shelf import FolderShelf, ShelfFullError
from ioc.classify.redact import Redactor
from ioc.events.photos import ATTACHMENT, ATTACHMENT_ID

SECRET = b"Nguyen Van A 0912345678"


def picture(kind: str, size: tuple[int, int] = (64, 32), mode: str = "RGB", **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new(mode, size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def telling() -> Image.Exif:
    """What a telephone writes: who, where, and that it was held upright."""
    exif = Image.Exif()
    exif[0x013B] = SECRET.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (20.0, 57.0, 5.0)
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept(kind: str) -> None:
    options: dict[str, Any] = {"exif": telling(), "icc_profile": SECRET}
    if kind == "JPEG":
        options["comment"] = SECRET
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", SECRET.decode())
    sent = picture(kind, **options) + SECRET
    assert SECRET in sent
    kept = cleaned(sent)
    assert SECRET not in kept.content
    with opened(kept.content) as image:
        assert image.format == kind
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "Comment", "xmp"} & {*image.info}
        # Held upright (orientation 6): what was on the left is above.
        assert image.size == (32, 64)
        red, _, blue = image.convert("RGB").getpixel((16, 5))  # type: ignore[misc]
        assert red > 200
        assert blue < 60


def test_pictures_in_pictures_lose_all_but_the_first() -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    kept = cleaned(out.getvalue())
    assert kept.ending == "jpg"
    assert opened(kept.content).format == "JPEG"


def test_transparency_stays_where_the_format_has_it() -> None:
    kept = cleaned(picture("PNG", mode="RGBA"))
    assert opened(kept.content).mode == "RGBA"
    grey = cleaned(picture("JPEG", mode="CMYK"))
    assert opened(grey.content).mode == "RGB"


def test_large_pictures_become_smaller() -> None:
    kept = cleaned(picture("JPEG", (KEPT_SIDE + 1000, 100)))
    assert (kept.width, kept.height) == (KEPT_SIDE, 80)


def test_what_claims_to_be_huge_is_not_unpacked() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    for side in (8_000, 29_999, 60_000):
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
        with pytest.raises(PictureError) as refused:
            cleaned(bomb)
        assert refused.value.code == "too_large" or side * side > 2 * MAX_PIXELS


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xff\xd8\xff\xe0 no picture",
        picture("GIF"),
        picture("TIFF"),
        picture("BMP"),
        picture("JPEG", (600, 600))[:-200],
        picture("PNG")[:60],
        picture("WEBP")[:40],
    ],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(PictureError) as refused:
        cleaned(raw)
    assert refused.value.code == "not_a_picture"


def test_noise_in_a_format_for_drawings_becomes_a_photo() -> None:
    noise = Image.frombytes("RGB", (2000, 2000), os.urandom(12_000_000))
    out = io.BytesIO()
    noise.save(out, "PNG", compress_level=0)
    kept = cleaned(out.getvalue())
    assert kept.ending == "jpg"


def test_a_shelf_keeps_equal_pictures_once_under_a_name_that_says_nothing(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "a", 1_000_000)
    one, other = cleaned(picture("JPEG")), cleaned(picture("PNG"))
    name = shelf.put(one)
    assert ATTACHMENT_ID.fullmatch(name)
    assert not Redactor()(ATTACHMENT + name).spans
    assert shelf.put(one) == name != shelf.put(other)
    assert FolderShelf(tmp_path / "b", 1_000_000).put(one) != name
    again = FolderShelf(tmp_path / "a", 1_000_000)
    assert again.get(name) == (one.content, "jpg")
    files = [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_a_shelf_finds_nothing_but_ids(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "a", 1_000_000)
    shelf.put(cleaned(picture("JPEG")))
    for name in ("secret", "../a/secret", "", "a" * 39, "a" * 41, "x" * 40, "a" * 40, "a" * 40 + "\n"):
        assert shelf.get(name) is None
        assert not shelf.has(name)


def test_a_shelf_has_room_and_no_more(tmp_path: Path) -> None:
    one, other = cleaned(picture("JPEG")), cleaned(picture("PNG"))
    shelf = FolderShelf(tmp_path / "a", len(one.content) + 40)
    name = shelf.put(one)
    with pytest.raises(ShelfFullError):
        shelf.put(other)
    assert shelf.put(one) == name


def test_old_pictures_go_and_what_was_put_again_stays(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "a", 1_000_000)
    old, again = cleaned(picture("JPEG")), cleaned(picture("PNG"))
    names = [shelf.put(old), shelf.put(again)]
    for path in (tmp_path / "a").glob("??/*"):
        os.utime(path, (1000, 1000))
    shelf.put(again)
    left = next((tmp_path / "a").glob("??")) / "0123.part"
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    assert shelf.clean(2000) == 1
    assert [shelf.has(name) for name in names] == [False, True]
    assert not left.exists()
    assert shelf.clean(2000) == 0
