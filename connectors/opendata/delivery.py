"""Feeds and files over HTTP: streamed, compressed where that is wanted, with tags and links to what follows."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from connectors.opendata.feeds import PAGE, Feed

MAX_PAGE: Final = 10_000
_CHUNK: Final = 262_144
_GZIP: Final = 31
"""zlib's word for a gzip frame."""
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
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Authorization"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'inline; filename="{feed.name}"'
        content, following = await self.run(lambda: feed.page(after, limit or PAGE))
        if limit is not None and following is not None:
            address = request.url.include_query_params(after=following)
            headers["Link"] = f'<{address}>; rel="next"'
        parts = self._page(feed, content, following) if limit is not None else self._all(feed, content, following)
        return self._streamed(request, parts, feed.media, headers)

    def file(self, request: Request, path: Path, media: str, name: str, tag: str) -> Response:
        """Answer with a file that is there."""
        quoted = f'"{tag}"'
        headers = {"ETag": f"W/{quoted}", "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == quoted:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return self._streamed(request, self._chunks(path), media, headers)

    def _streamed(self, request: Request, parts: AsyncIterator[bytes], media: str, headers: dict[str, str]) -> Response:
        headers["Content-Type"] = media
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            parts = self._packed(parts)
        return StreamingResponse(parts, headers=headers)

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

    async def _packed(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        async for part in parts:
            if packed := await self.run(lambda part=part: packer.compress(part)):  # type: ignore[misc]
                yield packed
        yield packer.flush()


def _tag(state: str, request: Request) -> str:
    """Of what the address asks for and how things stand; weak, as compressed it is other bytes."""
    asked = f"{request.url.path}?{request.url.query}\n{state}"
    return f'W/"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'
