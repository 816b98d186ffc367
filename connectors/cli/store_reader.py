"""The store asked from an event loop: each question in a thread, in one transaction that only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.store.database import StoreError, check_revision, open_reader, url_of
from ioc.settings import Settings

_T = TypeVar("_T")

_THREADS: Final = 4
"""Questions that the store is asked at a time; it is one machine's database."""


class StoreAwayError(Exception):
    """The store does not answer; the text says why in one sentence."""


class StoreReader:
    """Opens the store when it is first asked, so that it may be made later than who asks."""

    def __init__(self, settings: Settings, threads: int = _THREADS, *, sparing: bool = False) -> None:
        """Read the configured store; ``sparing`` is for who reads all of it: see :func:`open_reader`."""
        self._settings = settings
        self._sparing = sparing
        self._engine: Engine | None = None
        self._opening = Lock()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="library")

    async def ask(self, question: Callable[[Connection], _T]) -> _T:
        """Answer a question.

        Raises:
            StoreAwayError: the store cannot be read.

        """
        return await asyncio.get_running_loop().run_in_executor(self.threads, self.answer, question)

    def answer(self, question: Callable[[Connection], _T]) -> _T:
        """The same in the thread that asks."""
        try:
            with self._opened().connect() as connection:
                return question(connection)
        except StoreError as error:
            raise StoreAwayError(f"The store cannot be read: {error}.") from None
        except SQLAlchemyError:
            raise StoreAwayError("The store's database does not answer.") from None

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = open_reader(url_of(self._settings), sparing=self._sparing)
                check_revision(engine)
                self._engine = engine
            return self._engine
