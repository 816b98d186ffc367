"""What is large is sent compressed: whole answers and those in pieces, each with a tag of its own; secrets never."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from connectors.gateway.packing import Packed, takes_gzip
from connectors.gateway.tagged import tagged

LARGE = {"sites": [{"id": f"site-{number}", "state": "in_service"} for number in range(2_000)]}
BODY = orjson.dumps(LARGE)
PIECE = b'{"type":"Feature"}\n' * 20_000
GZIP = {"accept-encoding": "gzip, br"}
PLAIN = {"accept-encoding": "identity"}


def application() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/tagged")
    async def with_tag(request: Request) -> Response:
        return await tagged(request, LARGE)

    @app.get("/versioned")
    async def with_version(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"3"':
            return Response(status_code=304, headers={"ETag": '"3"'})
        return Response(BODY, media_type="application/json", headers={"ETag": '"3"'})

    @app.post("/versioned")
    async def asked(request: Request) -> Response:
        return Response(request.headers.get("if-match", "") + " " * 10_000, media_type="text/plain")

    @app.get("/feed")
    async def feed() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield PIECE

        return StreamingResponse(parts(), media_type="application/geo+json", headers={"ETag": 'W/"7"'})

    @app.get("/small")
    async def small() -> Response:
        return Response(b"{}", media_type="application/json", headers={"ETag": '"1"'})

    @app.get("/picture")
    async def picture() -> Response:
        return Response(BODY, media_type="image/png")

    @app.get("/session")
    async def session() -> Response:
        return Response(BODY, media_type="application/json", headers={"Cache-Control": "no-store, no-transform"})

    @app.get("/signs-in")
    async def signs_in() -> Response:
        answer = Response(BODY, media_type="application/json")
        answer.set_cookie("session", "secret")
        return answer

    @app.get("/done-already")
    async def done_already() -> Response:
        return Response(gzip.compress(BODY), media_type="text/javascript", headers={"Content-Encoding": "gzip"})

    @app.get("/failed")
    async def failed() -> Response:
        return Response(BODY, 422, media_type="application/problem+json")

    app.add_middleware(Packed)
    return app


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application()), base_url="http://gateway", headers=PLAIN)


async def raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its bytes as they were sent."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream("GET", path, headers=GZIP | names) as answer:
        return answer, b"".join([each async for each in answer.aiter_raw()])


@pytest.mark.parametrize("path", ["/tagged", "/versioned"])
async def test_a_large_answer_is_compressed_where_that_is_taken(client: httpx.AsyncClient, path: str) -> None:
    answer, body = await raw(client, path)
    assert (answer.headers["content-encoding"], answer.headers["content-length"]) == ("gzip", str(len(body)))
    assert gzip.decompress(body) == BODY
    assert len(body) * 8 < len(BODY)
    assert "Accept-Encoding" in answer.headers["vary"]
    plain = await client.get(path)
    assert (plain.content, plain.headers["content-length"]) == (BODY, str(len(BODY)))
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]


@pytest.mark.parametrize("path", ["/tagged", "/versioned"])
async def test_what_was_compressed_has_a_tag_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    plain = (await client.get(path)).headers["etag"]
    packed = (await raw(client, path))[0].headers["etag"]
    assert packed != plain
    assert packed == f'{plain[:-1]}-gzip"'
    for known in (plain, packed):
        again, body = await raw(client, path, if_none_match=known)
        assert (again.status_code, body, again.headers["etag"]) == (304, b"", known)
    assert (await client.get(path, headers={"if-none-match": '"other-gzip"'})).status_code == 200
    # What changes something names the version that was read, however it was sent.
    assert (await client.post("/versioned", headers={"if-match": packed})).text.strip() == plain


async def test_what_comes_in_pieces_goes_out_in_pieces(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/feed")
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-length" not in answer.headers
    assert answer.headers["etag"] == 'W/"7"'
    assert gzip.decompress(body) == PIECE * 5
    assert (await client.get("/feed")).content == PIECE * 5


@pytest.mark.parametrize("media", ["application/json", "text/event-stream"])
async def test_nothing_waits_for_what_comes_later(media: str) -> None:
    out: list[bytes] = []
    seen: list[bytes] = []

    async def send(message: Message) -> None:
        out.append(message.get("body", b""))

    async def receive() -> Message:
        raise AssertionError

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", media.encode())]})
        for _ in range(3):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
            told = b"".join(out)
            seen.append(told if media == "text/event-stream" else zlib.decompressobj(31).decompress(told))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    await Packed(app)(scope, receive, send)
    assert seen == [PIECE, PIECE * 2, PIECE * 3]


@pytest.mark.parametrize("path", ["/small", "/picture", "/session", "/signs-in", "/failed"])
async def test_the_rest_is_left_alone(client: httpx.AsyncClient, path: str) -> None:
    answer, _ = await raw(client, path)
    assert "content-encoding" not in answer.headers
    assert not answer.headers.get("etag", "").endswith('-gzip"')


async def test_what_changes_something_is_never_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/versioned", headers=GZIP)
    assert "content-encoding" not in answer.headers


async def test_what_is_compressed_already_is_not_again(client: httpx.AsyncClient) -> None:
    answer, body = await raw(client, "/done-already")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == BODY


@pytest.mark.parametrize(
    ("values", "takes"),
    [
        (["gzip"], True), (["GZIP, deflate, br"], True), (["br;q=1.0, gzip;q=0.5"], True), (["*"], True),
        (["gzip;q=0"], False), (["gzip; q=0.000, *"], False), (["identity"], False), ([], False),
        (["br", "gzip"], True), (["*;q=0"], False), (["x-gzip-like"], False),
    ],
)  # fmt: skip
def test_who_takes_it_says_so(values: list[str], takes: bool) -> None:
    assert takes_gzip(values) is takes
