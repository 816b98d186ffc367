"""The database for an event loop: one call after the other, in a thread of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from sqlalchemy import Engine

_P = ParamSpec("_P")
_T = TypeVar("_T")

SLOW_S: Final = 10.0
"""A call that takes longer is trouble that is told."""

_LAST_S: Final = 2.0
"""So long the end waits for the call of the moment."""


class Access:
    """Runs calls of the database.

    Args:
        engine: Whose transactions write.

    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._began: float | None = None

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a function that uses the database; whatever it raises is raised here."""

        def timed() -> _T:
            self._began = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                self._began = None

        return await asyncio.get_running_loop().run_in_executor(self._threads, timed)

    @property
    def waits_s(self) -> float:
        """Seconds that the call of the moment has been running; 0 while there is none."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def close(self) -> bool:
        """Let the database go; false where a call does not come back, so that the thread cannot be waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + _LAST_S
        while self._began is not None:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        self.engine.dispose()
        return True
