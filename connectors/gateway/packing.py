"""Answers that are large are sent compressed: one place for all of them, whole ones and those that come in pieces."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST: Final = 2_048
"""Bytes below which compressing gains nothing."""
LEVEL: Final = 1
"""Of zlib. Lists of incidents come to a fifth of their size by it; 6 takes a sixth off that for more than twice the
work (``python -m tests.bench.packing``)."""
_ASIDE: Final = 16_384
"""Bytes from which it is done in a thread: the loop has others to serve."""
_GZIP: Final = 31
"""zlib's word for a gzip frame."""
_SUFFIX: Final = '-gzip"'
"""Ends the tag of what was compressed: it is other bytes than what was not (RFC 9110, 8.8.3.3)."""
_CONDITIONS: Final = frozenset({b"if-match", b"if-none-match"})
_TEXTS: Final = ("text/", "application/json", "application/xml", "application/javascript", "application/x-ndjson")
_TEXT_ENDINGS: Final = ("+json", "+xml")
_STREAM: Final = "text/event-stream"


class Packed:
    """Compresses what GET answers with, where the asker takes gzip.

    Left as they are: answers to what changes something (a sign-in's holds its token beside what was sent), those that
    set a cookie or say `no-transform`, those that are compressed already, pictures, and streams of events, each of
    which has to leave at once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(raw=scope["headers"])
            if scope["method"] == "GET":
                takes = takes_gzip(headers.getlist("accept-encoding"))
                send = _Answer(send, headers.get("if-none-match", ""), takes=takes).send
            # Routes see the request as if there were no compressed answers, and compare with the tags that they give.
            scope["headers"] = [
                (name, _plain_tags(value) if name in _CONDITIONS else value) for name, value in headers.raw
            ]
        await self._app(scope, receive, send)


def takes_gzip(values: Iterable[str]) -> bool:
    """Whether somebody who sends these `Accept-Encoding` takes gzip.

    Args:
        values: Of the header, which may come more than once.

    """
    found: dict[str, bool] = {}
    for each in ",".join(values).split(","):
        name, _, parameter = each.partition(";")
        weight = parameter.strip().lower().removeprefix("q=") or "1"
        found[name.strip().lower()] = weight.strip("0.") != ""
    return found.get("gzip", found.get("*", False))


class _Answer:
    """One answer on its way out; its head waits until it is known whether the body is worth compressing."""

    def __init__(self, send: Send, known: str, *, takes: bool) -> None:
        self._send = send
        self._known = known
        self._takes = takes
        self._head: Message | None = None
        self._packer: Any = None

    async def send(self, message: Message) -> None:
        """Take what the application answers with, piece by piece."""
        if message["type"] == "http.response.start":
            message["headers"] = list(message["headers"])
            headers = MutableHeaders(raw=message["headers"])
            self._tell_known(message["status"], headers)
            if _may_be_packed(message["status"], headers):
                headers.add_vary_header("Accept-Encoding")
                if self._takes:
                    self._head = message
                    return
            await self._send(message)
        elif message["type"] != "http.response.body" or (self._head is None and self._packer is None):
            await self._send(message)
        else:
            await self._body(message.get("body", b""), more=message.get("more_body", False))

    async def _body(self, body: bytes, *, more: bool) -> None:
        head, self._head = self._head, None
        if head is not None and not more and len(body) < LEAST:
            await self._send(head)
        else:
            packer = self._packer = self._packer or zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
            body = await _packed(packer, body, last=not more)
            if head is not None:
                _rewrite(MutableHeaders(raw=head["headers"]), None if more else len(body))
                await self._send(head)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _tell_known(self, status: int, headers: MutableHeaders) -> None:
        """What has not changed has the tag by which the asker knows it; for `*` that of what they would take."""
        if status != HTTPStatus.NOT_MODIFIED or "etag" not in headers:
            return
        plain = headers["etag"]
        packed = _packed_tag(plain)
        if packed in self._known or (self._takes and plain not in self._known):
            headers["etag"] = packed


def _may_be_packed(status: int, headers: Headers) -> bool:
    if status != HTTPStatus.OK or "content-encoding" in headers or "set-cookie" in headers:
        return False
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    texts = media.startswith(_TEXTS) or media.endswith(_TEXT_ENDINGS)
    return texts and media != _STREAM and "no-transform" not in headers.get("cache-control", "")


def _rewrite(headers: MutableHeaders, length: int | None) -> None:
    """The head of what is compressed; without a length where nobody knows it yet."""
    headers["content-encoding"] = "gzip"
    if "etag" in headers:
        headers["etag"] = _packed_tag(headers["etag"])
    del headers["content-length"]
    if length is not None:
        headers["content-length"] = str(length)


def _packed_tag(tag: str) -> str:
    """The tag of the compressed answer; a weak one stands for both."""
    return tag if tag.startswith("W/") else tag.removesuffix('"') + _SUFFIX


def _plain_tags(value: bytes) -> bytes:
    return value.replace(_SUFFIX.encode(), b'"')


async def _packed(packer: Any, body: bytes, *, last: bool) -> bytes:
    def work() -> bytes:
        # Whoever reads has all that was handed over, whatever comes later and when.
        found: bytes = packer.compress(body) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
        return found

    return await asyncio.to_thread(work) if len(body) >= _ASIDE else work()
