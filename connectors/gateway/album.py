"""Uploaded pictures as the routes use them: bounded in number, size and memory, and gone when they are old."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.pictures import PictureError, cleaned
from connectors.gateway.problems import INVALID, RATE, STORAGE_FULL, STORE_AWAY, Problem
from connectors.gateway.shelf import FOLDER, FolderShelf, Shelf, ShelfFullError
from ioc.events.photos import ATTACHMENT, photo_faults
from ioc.records import FieldError
from ioc.settings import Settings

_log = logging.getLogger(__name__)

UNKNOWN: Final = "unknown"
_UPLOADS: Final = 4
"""Bodies in memory at a time, of ten megabytes each at most; one of them is decoded."""
_CLEAN_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_RETRY_S: Final = "30"


def shelf_of(settings: Settings) -> Shelf:
    """Where pictures lie."""
    most = settings.gateway.attachments_max_bytes
    if settings.photo_bucket.url is None:
        return FolderShelf(Path(settings.home) / FOLDER, most)
    # Its client is loaded where there is a bucket alone.
    from connectors.gateway.bucket import BucketShelf  # noqa: PLC0415

    return BucketShelf(settings.photo_bucket, most)


class Album:
    """Takes, gives and forgets pictures.

    Args:
        shelf: Keeps them.
        hosts: Where pictures that are not uploaded may lie.
        keep_days: How long after it was put last a picture is kept: as long as what citizens were told of a report.
        per_hour: Pictures an hour and key.
        bytes_per_hour: Bytes an hour and key.

    """

    def __init__(
        self, shelf: Shelf, *, hosts: Sequence[str], keep_days: int, per_hour: float, bytes_per_hour: float
    ) -> None:
        self._shelf = shelf
        self._hosts = frozenset(host.lower() for host in hosts)
        self._keep_s = keep_days * _DAY_S
        self._counts = Rates(per_hour / 3600, max(1.0, per_hour / 4))
        self._sizes = Rates(bytes_per_hour / 3600, bytes_per_hour / 4)
        self._uploads = asyncio.Semaphore(_UPLOADS)
        self._decoding = asyncio.Lock()
        self._cleaner: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, settings: Settings) -> Album:
        """As it is configured: in a bucket, else in a folder below the home folder."""
        gateway = settings.gateway
        return cls(
            shelf_of(settings),
            hosts=gateway.photo_hosts,
            keep_days=settings.store.keep_report_days,
            per_hour=gateway.attachments_per_hour,
            bytes_per_hour=gateway.attachment_bytes_per_hour,
        )

    def start(self) -> None:
        """Begin to forget what is old."""
        self._cleaner = asyncio.create_task(self._clean(), name="attachments")

    async def stop(self) -> None:
        """End at once."""
        if self._cleaner is not None:
            self._cleaner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._cleaner

    @asynccontextmanager
    async def uploading(self, who: str) -> AsyncIterator[None]:
        """One upload of a caller, as long as its body is in memory.

        Raises:
            Problem: they have sent too many (429); nothing of the body has been read then.

        """
        self._spend(self._counts, who, 1)
        async with self._uploads:
            yield

    async def put(self, who: str, raw: bytes) -> str:
        """Clean and keep a picture; returns the reference that stands for it.

        Raises:
            Problem: it is none (422), the caller has sent too much (429), it cannot be kept (507).

        """
        self._spend(self._sizes, who, len(raw))
        async with self._decoding:
            try:
                picture = await asyncio.to_thread(cleaned, raw)
                return ATTACHMENT + await asyncio.to_thread(self._shelf.put, picture)
            except PictureError as error:
                raise Problem(
                    INVALID, "The picture was not accepted.", [FieldError("", error.code, error.message)]
                ) from None
            except ShelfFullError:
                _log.error("attachments_full")
                raise Problem(
                    STORAGE_FULL, "The room for pictures is used up; send the report without one.",
                    headers={"Retry-After": _RETRY_S},
                ) from None  # fmt: skip
            except OSError as error:
                _log.error("attachment_not_kept", extra={"why": error.strerror or type(error).__name__})
                raise Problem(
                    STORAGE_FULL, "The picture cannot be kept now.", headers={"Retry-After": _RETRY_S}
                ) from None

    async def get(self, name: str) -> tuple[bytes, str] | None:
        """Content and ending of a picture; none where it is not known."""
        try:
            return await asyncio.to_thread(self._shelf.get, name)
        except OSError as error:
            raise _away(error) from None

    @property
    def remote(self) -> bool:
        """Whether asking for an upload goes over the network: then not from the event loop."""
        return not isinstance(self._shelf, FolderShelf)

    def faults(self, photos: Sequence[str]) -> list[FieldError]:
        """What is wrong with `photos` of a report: elsewhere than allowed, or an upload that is not there.

        Raises:
            Problem: it cannot be told now (503).

        """
        return [*photo_faults(photos, self._hosts), *self.missing(photos, "/photos")]

    def missing(self, links: Sequence[str], pointer: str) -> Iterator[FieldError]:
        """References to uploads that are not there."""
        for number, link in enumerate(links):
            try:
                known = not link.startswith(ATTACHMENT) or self._shelf.has(link.removeprefix(ATTACHMENT))
            except OSError as error:
                raise _away(error) from None
            if not known:
                yield FieldError(f"{pointer}/{number}", UNKNOWN, "must be the reference of an upload that is kept here")

    @staticmethod
    def _spend(rates: Rates, who: str, amount: int) -> None:
        if wait := rates.take(who, amount, time.monotonic()):
            raise Problem(RATE, "The key sends more pictures than agreed.", headers={"Retry-After": retry_after(wait)})

    async def _clean(self) -> None:
        while True:
            try:
                gone = await asyncio.to_thread(self._shelf.clean, time.time() - self._keep_s)
            except OSError as error:
                _log.warning("attachments_not_cleaned", extra={"why": error.strerror or type(error).__name__})
            else:
                if gone:
                    _log.info("attachments_cleaned", extra={"count": gone})
            await asyncio.sleep(_CLEAN_S)


def _away(error: OSError) -> Problem:
    _log.warning("attachments_away", extra={"why": error.strerror or type(error).__name__})
    return Problem(STORE_AWAY, "The store of pictures does not answer now.", headers={"Retry-After": _RETRY_S})
