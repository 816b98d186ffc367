"""A picture that somebody sent, decoded and written anew: what is kept is pixels and nothing else.

Neither its name nor its declared type counts. Whatever else the file carried (EXIF with the place and the owner's
name, colour profiles, comments, previews, further frames, bytes behind the picture) is not in what is written.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

MAX_BYTES: Final = 10_000_000
"""Of a picture as it is sent, and as it is kept."""
MAX_PIXELS: Final = 50_000_000
"""Of a picture as it is sent: 200 MB of memory while it is decoded. Telephones make 12 or 50 million."""
MAX_SIDE: Final = 30_000
KEPT_SIDE: Final = 4096
"""Larger pictures are made smaller: a number plate across a street stays readable."""

TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""What is kept, by ending."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_ENDINGS: Final = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp"}
"""MPO is what many telephones write: a JPEG with further pictures behind it."""
_QUALITIES: Final = (90, 75, 60)
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, EOFError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What decoders say of files that are none."""


class PictureError(ValueError):
    """It is not taken.

    Attributes:
        code: ``not_a_picture`` or ``too_large``.
        message: What was expected.

    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept."""

    content: bytes
    ending: str
    width: int
    height: int


def cleaned(raw: bytes) -> Picture:
    """Decode a JPEG, PNG or WebP picture and encode it anew, turned the way that it is looked at.

    Raises:
        PictureError: it is none, has too many pixels, or stays too large.

    """
    try:
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
            _check_size(image.size)
            ending = _ENDINGS[str(image.format)]
            image.thumbnail((KEPT_SIDE, KEPT_SIDE))
            ImageOps.exif_transpose(image, in_place=True)
            see_through = ending != "jpg" and ("A" in image.mode or "transparency" in image.info)
            plain = image.convert("RGBA" if see_through else "RGB")
    except PictureError:
        raise
    except _BROKEN:
        raise PictureError("not_a_picture", _EXPECTED) from None
    plain.info = {}
    for quality in _QUALITIES:
        content = _encoded(plain, ending, quality)
        if len(content) <= MAX_BYTES:
            return Picture(content, ending, *plain.size)
        if ending == "png" and not see_through:
            # A photo in a format for drawings: no loss that anybody sees, a tenth of the bytes.
            ending = "jpg"
    raise PictureError("too_large", f"must have at most {MAX_BYTES} bytes when it is written anew; make it smaller")


_EXPECTED: Final = "must be a JPEG, PNG or WebP picture that can be decoded as a whole"


def _check_size(size: tuple[int, int]) -> None:
    """Before anything is unpacked: a small file may claim to be a huge picture."""
    width, height = size
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        message = f"must have at most {MAX_PIXELS} pixels, {MAX_SIDE} to a side"
        raise PictureError("too_large", message)


def _encoded(image: Image.Image, ending: str, quality: int) -> bytes:
    out = io.BytesIO()
    if ending == "png":
        image.save(out, "PNG")
    elif ending == "webp":
        image.save(out, "WEBP", quality=quality, method=2)
    else:
        image.save(out, "JPEG", quality=quality)
    return out.getvalue()
