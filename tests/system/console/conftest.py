"""A Chromium for each of the console's test files: while it runs, its thread has an event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.system.console.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; contexts in it know nothing of each other."""
    with chromium() as browser:
        yield browser
