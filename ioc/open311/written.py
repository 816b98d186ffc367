"""Answers as JSON (bare arrays, as clients expect them) or XML, of one and the same content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final, Literal

import orjson

Form = Literal["json", "xml"]

MEDIA: Final[dict[Form, str]] = {"json": "application/json", "xml": "text/xml; charset=utf-8"}

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>'
_ITEMS: Final = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "values": "value",
    "notes": "note",
}
"""What the parts of a list are called, by its own name."""
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def written(name: str, content: Any, form: Form) -> bytes:
    """Write an answer; ``name`` is its root in XML."""
    if form == "json":
        return orjson.dumps(content)
    return (_HEAD + "".join(_element(name, content))).encode()


def _element(name: str, content: Any) -> Iterator[str]:
    yield f"<{name}>"
    if isinstance(content, dict):
        for part, value in content.items():
            yield from _element(part, value)
    elif isinstance(content, list):
        for value in content:
            yield from _element(_ITEMS[name], value)
    elif isinstance(content, bool):
        yield "true" if content else "false"
    elif content is not None:
        yield escape(_UNFIT.sub("\ufffd", str(content)), quote=False)
    yield f"</{name}>"
