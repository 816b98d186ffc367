"""A real Chromium for the console's tests, signed-in pages in it, and pictures of what they show."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from connectors.gateway.access import SECURE_COOKIE
from connectors.gateway.identity.accounts import Accounts
from ioc.roles import Role
from tests.system.running import lacking

_T = TypeVar("_T")

PASSWORD: Final = "ngày mưa nước lên đường"
SCREENSHOTS: Final = Path(__file__).parents[3] / "build" / "screenshots"
DESK: Final = {"width": 1600, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_WAIT_MS: Final = 15_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; where there is none, tests fail in continuous integration and are skipped elsewhere."""
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        lacking("no Chromium to be had here: `apt-get install chromium`")
    arguments = ["--no-sandbox", "--autoplay-policy=user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
    # A failed test keeps the browser's loop alive, which would be in the way of every later one in this thread.
    asyncio.events._set_running_loop(None)


def aside(job: Callable[[], _T]) -> _T:
    """What a job gives that needs an event loop: this thread has the browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(job).result()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a local account of their own, and the session that a browser of theirs has."""

    name: str
    session: str


def account(home: Path, *roles: Role, centres: Sequence[str] = (), unit: str = "") -> tuple[str, str]:
    """Name and one-time password of a new account."""
    name = f"c-{secrets.token_hex(4)}"
    accounts = Accounts(home)
    try:
        return name, accounts.add(name, roles, datetime.now(UTC), centres=centres, unit=unit)
    finally:
        accounts.close()


def person(url: str, home: Path, *roles: Role, centres: Sequence[str] = (), unit: str = "") -> Person:
    """Somebody who has signed in, with a password of their own."""
    name, word = account(home, *roles, centres=centres, unit=unit)
    body = {"name": name, "password": word, "new_password": PASSWORD, "answer": "cookie"}
    answer = httpx.post(f"{url}/v1/login", json=body, timeout=30).raise_for_status()
    return Person(name, answer.headers["set-cookie"].partition(";")[0].partition("=")[2])


def context_of(
    browser: Browser, url: str, who: Person | None, *, phone: bool = False, **options: Any
) -> BrowserContext:
    """A browser of its own for a person, signed in, or of somebody whom nobody knows yet."""
    context = browser.new_context(
        base_url=url, viewport=PHONE if phone else DESK, locale="vi-VN", timezone_id="UTC",
        **({"is_mobile": True, "has_touch": True} if phone else {}), **options,
    )  # fmt: skip
    context.set_default_timeout(_WAIT_MS)
    if who is not None:
        # By https, as the name demands; browsers send it to this machine by http too.
        origin = url.replace("http:", "https:")
        cookie = {"name": SECURE_COOKIE, "value": who.session, "url": origin, "secure": True, "httpOnly": True}
        context.add_cookies([cookie])
    return context


def opened(context: BrowserContext, address: str = "/", *, live: bool = True) -> Page:
    """A page of the console; with ``live`` it is returned when it is connected and its list is whole."""
    page = context.new_page()
    page.goto(address)
    if live:
        connected(page)
    return page


def connected(page: Page) -> None:
    """Wait until the screen says that it is live."""
    page.wait_for_selector("[data-live=connected]")


def complaints(page: Page) -> list[str]:
    """What a page will have complained of: errors of scripts, and what the policy forbade."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            found.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def picture(page: Page, name: str) -> None:
    """Keep what the page shows, as ``build/screenshots/<name>.png``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=os.fspath(SCREENSHOTS / f"{name}.png"))
