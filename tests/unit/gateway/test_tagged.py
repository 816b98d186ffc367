"""Answers with an ETag of their content: sent once, compressed where that is asked for."""

from __future__ import annotations

import gzip

import orjson
from fastapi import Request
from starlette.responses import Response

from connectors.gateway.tagged import tagged

LARGE = {"sites": [{"id": f"site-{number}", "state": "in_service"} for number in range(200)]}


async def answered(content: object, **headers: str) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return await tagged(Request({"type": "http", "headers": raw}), content)


async def test_what_the_asker_has_is_not_sent_again() -> None:
    first = await answered(LARGE)
    again = await answered(LARGE, if_none_match=first.headers["etag"])
    other = await answered(LARGE | {"more": 1}, if_none_match=first.headers["etag"])
    assert (first.status_code, again.status_code, again.body, other.status_code) == (200, 304, b"", 200)
    assert again.headers["etag"] == first.headers["etag"] != other.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"


async def test_it_is_compressed_where_that_is_asked_for_and_worth_it() -> None:
    packed = await answered(LARGE, accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(packed.body)) == LARGE
    assert len(packed.body) * 10 < len(orjson.dumps(LARGE))
    assert "content-encoding" not in (await answered(LARGE)).headers
    assert "content-encoding" not in (await answered({"gates": []}, accept_encoding="gzip")).headers
