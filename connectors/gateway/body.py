"""Request bodies: read with a bound, then taken apart into items."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from connectors.gateway.problems import INVALID, MEDIA_TYPE, TOO_LARGE, TOO_SLOW, UNREADABLE, Problem
from ioc.records import FieldError

JSON_TYPE: Final = "application/json"
NDJSON_TYPE: Final = "application/x-ndjson"
JSON: Final = frozenset({JSON_TYPE, "text/json"})
NDJSON: Final = frozenset({NDJSON_TYPE, "application/ndjson", "application/jsonl", "application/x-jsonlines"})

_BODY_TIMEOUT_S: Final = 30.0

_T = TypeVar("_T")

Shape = Literal["one", "array", "lines"]


@dataclass(frozen=True, slots=True)
class Items:
    """What a body holds.

    Attributes:
        raws: JSON of each item. A single object and each line are the bytes that were sent.
        shape: Whether it was one object, an array or lines.

    """

    raws: list[bytes]
    shape: Shape


async def read_body(request: Request, limit: int) -> bytes:
    """The body, never holding more than ``limit`` bytes of it.

    Raises:
        Problem: it is larger (413), too slow (408), or compressed (415: unpacking needs a bound of its own).

    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise Problem(MEDIA_TYPE, "Send the body without compression.", headers={"Accept-Encoding": "identity"})
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit():
        raise Problem(UNREADABLE, "Content-Length is not a number.")
    if int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise Problem(
            TOO_SLOW, f"A body comes within {_BODY_TIMEOUT_S:g} seconds.", headers={"Connection": "close"}
        ) from None
    return b"".join(parts)


def media_type(request: Request) -> str:
    """Content type without parameters, in lower case; empty where none was sent.

    Raises:
        Problem: the text is declared to be in another encoding than UTF-8 (415).

    """
    declared, _, parameters = request.headers.get("content-type", "").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('"').lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise Problem(MEDIA_TYPE, "The text must be UTF-8.")
    return declared.strip().lower()


def split_items(body: bytes, kind: str, max_items: int) -> Items:
    """Take a body apart.

    Args:
        body: What was sent.
        kind: Its media type. JSON that turns out to be several lines of objects is read as such; so is anything
            without a declared type.
        max_items: More are refused.

    Raises:
        Problem: nothing can be read (400), too many items (413), another type (415).

    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if kind not in NDJSON and kind not in JSON and kind:
        raise Problem(
            MEDIA_TYPE,
            "Send application/json (an object or an array) or application/x-ndjson (an object per line). "
            "CloudEvents in one JSON document go to /v1/events.",
        )
    if not text:
        raise unreadable("empty", "must be a JSON object, an array or lines of objects, has no content")
    if kind in NDJSON:
        return _lines(text, max_items)
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        if b"\n" in text and _is_object(text.split(b"\n", 1)[0]):
            return _lines(text, max_items)
        raise unreadable("json", "must be JSON in UTF-8") from None
    if isinstance(content, dict):
        return Items([text], "one")
    if not isinstance(content, list):
        raise unreadable("type", "must be a JSON object, an array or lines of objects")
    if len(content) > max_items:
        raise too_many(max_items)
    if not content:
        raise unreadable("empty", "must have at least one item")
    return Items([orjson.dumps(item) for item in content], "array")


def unreadable(code: str, message: str) -> Problem:
    """The problem of a body of which nothing can be read."""
    return Problem(UNREADABLE, "Nothing was read.", [FieldError("", code, message)])


def _lines(text: bytes, max_items: int) -> Items:
    lines = [line.strip() for line in text.split(b"\n")]
    lines = [line for line in lines if line]
    if len(lines) > max_items:
        raise too_many(max_items)
    if not any(_is_json(line) for line in lines):
        raise unreadable("json", "must have a JSON object in each line")
    return Items(lines, "lines")


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_object(text: bytes) -> bool:
    return _is_json(text) and text.lstrip().startswith(b"{")


def _too_large(limit: int) -> Problem:
    # The rest of the body is not read: the connection cannot be used again.
    return Problem(TOO_LARGE, f"A body has at most {limit} bytes.", headers={"Connection": "close"})


def too_many(limit: int) -> Problem:
    """The problem of a request with more items than are taken at once."""
    return Problem(TOO_LARGE, f"A request has at most {limit} items; send several.")


def read_model(adapter: TypeAdapter[_T], body: bytes, refused: str) -> _T:
    """A body that is one JSON object of a known form.

    Args:
        adapter: The form.
        body: What was sent.
        refused: Sentence of the problem, where a field is wrong.

    Raises:
        Problem: it is no JSON (400) or not of this form (422, with pointers).

    """
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        if details[0]["type"] == "json_invalid":
            raise Problem(UNREADABLE, "Nothing was read.", [FieldError("", "json", "must be a JSON object")]) from None
        errors = [
            FieldError("".join(f"/{part}" for part in each["loc"]), *_explained(each["type"], each["msg"]))
            for each in details[:20]
        ]
        raise Problem(INVALID, refused, errors) from None


def _explained(kind: str, message: str) -> tuple[str, str]:
    codes = {"missing": "missing", "literal_error": "not_allowed", "extra_forbidden": "not_allowed"}
    return codes.get(kind, "invalid"), message
