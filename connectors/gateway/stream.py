"""``GET /v1/stream``: alerts as server-sent events, resumable without a gap and without a repeat."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from connectors.gateway.cursor import Cursor, Places
from connectors.gateway.hub import Hub, Line, Listener
from connectors.gateway.sieve import Sieve

_log = logging.getLogger(__name__)

RETRY_MS: Final = 2_000
HEARTBEAT_S: Final = 10.0
MAX_HISTORY: Final = 500
_SEND_TIMEOUT_S: Final = 30.0
"""A peer that takes nothing for so long is gone or stuck."""

_GAP: Final = b'event: gap\ndata: {"reason":"Kafka no longer keeps some of the alerts since Last-Event-ID"}\n\n'


class Alerts:
    """One listener's stream.

    Args:
        hub: Where alerts come from.
        topics: All alert topics that the key may see: the cursor covers them, whatever the filters.
        wanted: Those of them that are asked for.
        sieve: Which alerts of those are asked for.
        begin: Where the listener stood when it was cut off; ``None`` for a new one.
        history: How many of the newest alerts a new one gets first.
        goes_on: Whether the stream may go on; asked with every heartbeat and wake-up.

    """

    def __init__(
        self,
        hub: Hub,
        *,
        topics: Collection[str],
        wanted: Collection[str],
        sieve: Sieve,
        begin: Places | None,
        history: int,
        goes_on: Callable[[], bool],
    ) -> None:
        self._hub = hub
        self._topics = topics
        self._wanted = wanted
        self._sieve = sieve
        self._begin = begin
        self._history = history
        self._goes_on = goes_on

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        listener, now = self._hub.listen(self._topics)
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            try:
                async for chunk in self._backlog(now):
                    yield chunk
            except Exception as error:
                _log.warning("replay_failed", extra={"reason": type(error).__name__})
                yield b": alerts since Last-Event-ID cannot be read now; come again\n\n"
                return
            async for chunk in self._live(listener):
                yield chunk
        finally:
            self._hub.leave(listener)

    async def _backlog(self, now: Places) -> AsyncIterator[bytes]:
        if self._begin is None:
            lines = self._hub.last(self._history, self._wanted, self._sieve)
            places = dict(now)
            for line in reversed(lines):
                places[line.topic, line.partition] = line.offset
            self._cursor = Cursor(places)
            for chunk in self._chunks(lines):
                yield chunk
            yield self._place()
            return
        begin = {place: self._resumed(place, offset) for place, offset in now.items()}
        ahead = {place: offset for place, offset in begin.items() if offset > now[place]}
        if ahead:
            # Handed out by a gateway that is ahead of this one, or for topics that have been made anew since.
            lost = await self._hub.beyond(ahead)
            begin |= {place: now[place] for place in lost}
            if lost:
                yield _GAP
        self._cursor = Cursor(begin)
        behind = {place: offset for place, offset in begin.items() if offset < now[place]}
        if self._hub.holds(behind):
            for chunk in self._chunks(self._hub.between(behind, now)):
                yield chunk
            yield self._place()
            return
        async for lines, gap in self._hub.replay(behind, now):
            if gap:
                yield _GAP
            for chunk in self._chunks(lines):
                yield chunk
        yield self._place()

    def _place(self) -> bytes:
        """Where the listener stands, past which alerts are live: an id without data is no event, but is remembered."""
        return b"id: %s\n\n" % str(self._cursor).encode()

    def _resumed(self, place: tuple[str, int], now: int) -> int:
        begin = self._begin or {}
        if place in begin:
            return begin[place]
        # A partition that came since is new to the listener as a whole; a topic that its key could not see is not.
        return 0 if (place[0], 0) in begin else now

    async def _live(self, listener: Listener) -> AsyncIterator[bytes]:
        while self._goes_on():
            lines = await listener.get(HEARTBEAT_S)
            if listener.slow:
                yield b": too slow; come again with Last-Event-ID\n\n"
                return
            if not lines:
                yield b": alive\n\n"
                continue
            # One at a time: the next is made when the peer has room for it.
            for chunk in self._chunks(lines):
                yield chunk
                if listener.slow:
                    break

    def _chunks(self, lines: Iterable[Line]) -> Iterable[bytes]:
        for line in lines:
            if not self._cursor.passes(line.topic, line.partition, line.offset):
                continue
            if line.topic in self._wanted and self._sieve.passes(line.traits):
                yield b"id: %s\nevent: alert\ndata: %s\n\n" % (str(self._cursor).encode(), line.data)


class EventStream(Response):
    """Sends chunks until they end, the peer goes, or the peer takes nothing for too long."""

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait([sending, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, gone):
                task.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)
            await self._chunks.aclose()  # type: ignore[attr-defined]  # an async generator

    async def _send(self, send: Send) -> None:
        with contextlib.suppress(TimeoutError):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for chunk in self._chunks:
                async with asyncio.timeout(_SEND_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
