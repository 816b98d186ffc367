"""The console's files as they are served: strict headers, kept by browsers; third parties' as they were published."""

from __future__ import annotations

import gzip
import hashlib
import re
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from connectors.console import Site, router

STATIC = Path(str(files("connectors.console"))) / "static"
OURS = [path for path in sorted(STATIC.rglob("*")) if path.is_file() and "vendor" not in path.parts]
VENDORED = sorted(path for path in (STATIC / "vendor").iterdir())
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|\beval\(|new Function\(|srcdoc"
)
WORDS = re.compile(r'^\s*"([\w.]+)":', re.MULTILINE)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture
def client(site: Site) -> httpx.AsyncClient:
    app = FastAPI(openapi_url=None)
    app.include_router(router(site))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")


async def test_the_page_is_strict_and_asked_for_each_time(client: httpx.AsyncClient, site: Site) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "{{" not in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", page.text)
    assert f'src="/console/{site.version}/js/main.js"' in page.text
    again = await client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_files_are_kept_for_good_under_the_address_of_their_release(
    client: httpx.AsyncClient, site: Site
) -> None:
    for name in ("js/main.js", "style/base.css", "vendor/preact/htm-preact.js"):
        answer = await client.get(f"/console/{site.version}/{name}", headers={"accept-encoding": "gzip"})
        assert answer.content == (STATIC / name).read_bytes()
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
        older = await client.get(f"/console/0000/{name}", headers={"accept-encoding": "identity"})
        assert (older.content, older.headers["cache-control"]) == (answer.content, "no-cache")
        assert "content-encoding" not in older.headers


@pytest.mark.parametrize("name", ["nothing.js", "../site.py", "..%2fsite.py", "js", "%00", "js/../../site.py"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, site: Site, name: str) -> None:
    assert (await client.get(f"/console/{site.version}/{name}", follow_redirects=True)).status_code == 404


def test_what_the_first_screen_needs_is_fetched_at_once(site: Site) -> None:
    page = gzip.decompress(site._files["index.html"].packed or b"").decode()
    linked = set(re.findall(r'modulepreload" href="/console/\w+/([^"]+)"', page))
    needed, waiting = set(), ["js/main.js", "js/pages/incidents.js", "js/pages/login.js"]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        text = (STATIC / name).read_text()
        imports = re.findall(r'^import [^;]*?from "([^"]+)";', text, re.MULTILINE | re.DOTALL)
        waiting += [str(((STATIC / name).parent / each).resolve().relative_to(STATIC)) for each in imports]
    assert needed - linked == {"js/main.js"}
    assert linked <= needed


@pytest.mark.parametrize("path", [path for path in OURS if path.suffix == ".js"], ids=lambda path: path.name)
def test_our_modules_put_nothing_into_the_page_as_markup(path: Path) -> None:
    assert not FORBIDDEN.search(path.read_text())


@pytest.mark.parametrize("path", [path for path in OURS if path.parent.name == "words"], ids=lambda path: path.name)
def test_every_word_is_there_in_both_languages(path: Path) -> None:
    vietnamese, english = path.read_text().split("\n  en: {", 1)
    assert WORDS.findall(vietnamese.split("vi: {", 1)[1]) == WORDS.findall(english)


def test_our_files_are_bounded() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in OURS) < 250_000


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_third_parties_files_are_as_they_were_published(folder: Path) -> None:
    lines = [line.split(" ") for line in (folder / "VERSION").read_text().splitlines() if line]
    listed = {line[1]: line[2] for line in lines if line[0] == "file"}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"VERSION"}
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    packages = [line[1] for line in lines if line[0] == "npm"]
    assert packages
    assert all(re.fullmatch(r"(@[\w.-]+/)?[\w.-]+@\d+\.\d+\.\d+", package) for package in packages)
    assert len([line for line in lines if line[0] == "integrity" and line[1].startswith("sha512-")]) == len(packages)
    assert any(name.startswith("LICENSE") for name in listed)
