"""The console's files, read once, and the routes that serve them: short answers, strict headers, no template engine."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

INDEX: Final = "index.html"
PREFIX: Final = "/console"

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_PLAIN: Final = "text/plain; charset=utf-8"
_PACKED: Final = frozenset({".css", ".html", ".js", ".json", ".md", ".svg", ".txt"})
_PRELOADED: Final = (
    "vendor/preact/htm-preact.js",
    "js/core/",
    "js/words/core.js",
    "js/words/incidents.js",
    "js/words/login.js",
    "js/pages/registry.js",
    "js/pages/incidents.js",
    "js/pages/login.js",
    "js/pages/incidents/",
)
"""What the first screen needs: the browser fetches it at once, not module after module."""
_YEAR: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    """Compressed, where that makes it smaller."""
    media_type: str
    etag: str
    """Weak: it stands for both, which are other bytes."""


class Site:
    """Every file of the console in memory: some hundred kilobytes.

    The modules stand below an address that holds a digest of all of them, so that browsers keep them for good and a new
    release is taken up as a whole with the next look at ``/``.

    Args:
        image_sources: Addresses that pictures may come from beside the gateway: a tile server's, where there is one.

    """

    def __init__(self, image_sources: Sequence[str] = ()) -> None:
        raw = dict(_walk(files("connectors.console") / "static"))
        digest = hashlib.sha256()
        for name in sorted(raw):
            digest.update(name.encode() + b"\n" + hashlib.sha256(raw[name]).digest())
        self.version = digest.hexdigest()[:16]
        base = f"{PREFIX}/{self.version}"
        raw[INDEX] = _index(raw[INDEX].decode(), base, sorted(raw)).encode()
        self._files = {name: _file(name, body) for name, body in raw.items()}
        pictures = " ".join(["'self'", "data:", "blob:", *image_sources])
        self.policy = "; ".join(
            [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", f"img-src {pictures}",
                "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'",
                "form-action 'none'", "frame-ancestors 'none'",
            ]
        )  # fmt: skip

    @property
    def names(self) -> Sequence[str]:
        """Every file's path."""
        return sorted(self._files)

    def answer(self, request: Request, name: str, *, lasting: bool) -> Response:
        """A file, compressed where the browser takes that; 304 where it has it already, 404 where there is none."""
        found = self._files.get(name)
        headers = {"Content-Security-Policy": self.policy, "Cross-Origin-Opener-Policy": "same-origin"}
        if found is None:
            return Response("There is no such file.", 404, headers | {"Cache-Control": "no-store"}, _PLAIN)
        headers |= {
            "Cache-Control": _YEAR if lasting else _ASK,
            "ETag": found.etag,
            "Vary": "Accept-Encoding",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, 200, headers | {"Content-Encoding": "gzip"}, found.media_type)
        return Response(found.body, 200, headers, found.media_type)


def router(site: Site) -> APIRouter:
    """The routes of the console: the page at ``/``, its files below ``/console``."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/", methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        return site.answer(request, INDEX, lasting=False)

    @routes.api_route(PREFIX + "/{version}/{name:path}", methods=["GET", "HEAD"])
    async def file(request: Request, version: str, name: str) -> Response:
        # A page that was opened before an upgrade gets today's modules, and asks again the next time.
        return site.answer(request, name, lasting=version == site.version)

    return routes


def _walk(folder: Any, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        path = above + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry.read_bytes()


def _index(text: str, base: str, names: Sequence[str]) -> str:
    needed = [name for name in names if name.startswith(_PRELOADED)]
    links = "\n    ".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in needed)
    return text.replace("{{preload}}", links).replace("{{base}}", base)


def _file(name: str, body: bytes) -> File:
    suffix = PurePosixPath(name).suffix
    packed = gzip.compress(body, mtime=0) if suffix in _PACKED else None
    if packed is not None and len(packed) >= len(body):
        packed = None
    return File(body, packed, _TYPES.get(suffix, _PLAIN), f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')
