"""Memory that the C library keeps of what was freed goes back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

_trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of glibc; other libraries have none, and give back by themselves."""


def give_back() -> None:
    """Return the pages in which nothing is left; takes milliseconds of a heap of a hundred megabytes.

    Batches come and go in sizes that vary a thousandfold, and a heap stays as large as the largest made it.
    """
    if _trim is not None:
        _trim(0)
