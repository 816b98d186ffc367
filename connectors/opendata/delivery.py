"""Feeds and files over HTTP: streamed, with tags and links to what follows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from connectors.opendata.feeds import PAGE, Feed

MAX_PAGE: Final = 10_000
_CHUNK: Final = 262_144
_THREADS: Final = 2

_T = TypeVar("_T")


class Courier:
    """Brings what blocks to those who wait for it, two at a time: exports are slow and must not be in anybody's way."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="exports")

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do something in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def feed(self, request: Request, feed: Feed, after: str | None, limit: int | None) -> Response:
        """Answer with a feed: as a whole, or a page of it with a link to the next.

        What can go wrong at the start goes wrong before the answer begins.
        """
        tag = _tag(await self.run(feed.tag), request)
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Authorization"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'inline; filename="{feed.name}"'
        content, following = await self.run(lambda: feed.page(after, limit or PAGE))
        if limit is not None and following is not None:
            address = request.url.include_query_params(after=following)
            headers["Link"] = f'<{address}>; rel="next"'
        parts = self._page(feed, content, following) if limit is not None else self._all(feed, content, following)
        return StreamingResponse(parts, headers=headers | {"Content-Type": feed.media})

    def file(self, request: Request, path: Path, media: str, name: str, tag: str) -> Response:
        """Answer with a file that is there."""
        quoted = f'"{tag}"'
        headers = {"ETag": f"W/{quoted}", "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == quoted:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return StreamingResponse(self._chunks(path), headers=headers | {"Content-Type": media})

    async def _page(self, feed: Feed, content: bytes, following: str | None) -> AsyncIterator[bytes]:
        yield feed.head() + content + feed.tail(following)

    async def _all(self, feed: Feed, content: bytes, following: str | None) -> AsyncIterator[bytes]:
        yield feed.head() + content
        while following is not None:
            at = following
            content, following = await self.run(lambda at=at: feed.page(at, PAGE))  # type: ignore[misc]
            yield content
        yield feed.tail(None)

    async def _chunks(self, path: Path) -> AsyncIterator[bytes]:
        with await self.run(lambda: path.open("rb")) as file:
            while chunk := await self.run(lambda: file.read(_CHUNK)):
                yield chunk


def _tag(state: str, request: Request) -> str:
    """Of what the address asks for and how things stand; weak: it says how things stand, not in which bytes."""
    asked = f"{request.url.path}?{request.url.query}\n{state}"
    return f'W/"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'
