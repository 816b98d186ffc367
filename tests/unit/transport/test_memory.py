"""Freed memory goes back, also from between what is still in use."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from streams.transport.memory import give_back

MB = 1_000_000


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries give back by themselves")
def test_what_was_freed_between_what_is_in_use_goes_back() -> None:
    pieces = [bytes(10_000) for _ in range(5_000)]
    kept = pieces[::100]
    del pieces
    before = resident()
    give_back()
    assert resident() < before - 20 * MB
    assert len(kept) == 50
