"""Answers with an ETag of their content: sent once."""

from __future__ import annotations

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
