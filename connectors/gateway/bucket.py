"""Uploaded pictures in a bucket of S3, or of what speaks as S3 does; several gateways share one."""

from __future__ import annotations

import hashlib
import hmac
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import certifi
import urllib3
from minio import Minio
from minio.datatypes import Object
from minio.error import MinioException, S3Error

from connectors.gateway.pictures import TYPES, Picture
from connectors.gateway.shelf import ShelfFullError, digest_name
from ioc.events.photos import ATTACHMENT_ID
from ioc.settings import PhotoBucketSettings

_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=10.0)
_COUNT_S: Final = 3600.0
_GONE: Final = frozenset({"NoSuchKey", "NoSuchObject", "ResourceNotFound"})


class BucketShelf:
    """Pictures in a bucket; see :class:`connectors.gateway.shelf.Shelf`.

    The bucket is made by whoever runs the store, private. Ids are keyed by the secret key: with another one the same
    picture gets another id, and those that are there are still found.

    Args:
        settings: Where it is.
        max_bytes: Room for all pictures.

    """

    def __init__(self, settings: PhotoBucketSettings, max_bytes: int) -> None:
        assert settings.endpoint is not None
        secret = settings.secret_key.get_secret_value() if settings.secret_key is not None else ""
        authority = str(settings.cafile) if settings.cafile is not None else certifi.where()
        self._client = Minio(
            settings.endpoint.host_and_port,
            access_key=settings.access_key,
            secret_key=secret,
            secure=settings.endpoint.secure,
            region=settings.region,
            http_client=urllib3.PoolManager(
                timeout=_TIMEOUT, retries=urllib3.Retry(total=1, backoff_factor=0.1), ca_certs=authority, maxsize=4
            ),
        )
        self._bucket = settings.bucket
        self._prefix = settings.prefix
        self._key = hmac.digest(secret.encode(), b"ids of attachments", hashlib.sha256)
        self._max_bytes = max_bytes
        self._used: tuple[float, int] | None = None

    def put(self, picture: Picture) -> str:
        """See :class:`connectors.gateway.shelf.Shelf`, as for the rest."""
        name = digest_name(self._key, picture.content)
        place = self._place(name, picture.ending)
        with _asked():
            # Written again if it is there: its age begins anew.
            if not self._is_there(place) and self._bytes() + len(picture.content) > self._max_bytes:
                raise ShelfFullError
            self._client.put_object(
                self._bucket, place, io.BytesIO(picture.content), len(picture.content),
                content_type=TYPES[picture.ending],
            )  # fmt: skip
        if self._used is not None:
            self._used = self._used[0], self._used[1] + len(picture.content)
        return name

    def get(self, name: str) -> tuple[bytes, str] | None:
        for place, ending in self._candidates(name):
            with _asked():
                if not self._is_there(place):
                    continue
                answer = self._client.get_object(self._bucket, place)
                try:
                    return answer.read(), ending
                finally:
                    answer.close()
                    answer.release_conn()
        return None

    def has(self, name: str) -> bool:
        with _asked():
            return any(self._is_there(place) for place, _ in self._candidates(name))

    def clean(self, before_s: float) -> int:
        before = datetime.fromtimestamp(before_s, UTC)
        count = 0
        with _asked():
            for each in self._objects():
                if each.last_modified is not None and each.last_modified < before and each.object_name is not None:
                    self._client.remove_object(self._bucket, each.object_name)
                    count += 1
        self._used = None
        return count

    def _is_there(self, place: str) -> bool:
        try:
            self._client.stat_object(self._bucket, place)
        except S3Error as error:
            if error.code in _GONE:
                return False
            raise
        return True

    def _place(self, name: str, ending: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}.{ending}"

    def _candidates(self, name: str) -> list[tuple[str, str]]:
        # Whatever is no id never becomes part of a key.
        return [(self._place(name, ending), ending) for ending in TYPES] if ATTACHMENT_ID.fullmatch(name) else []

    def _objects(self) -> Iterator[Object]:
        return iter(self._client.list_objects(self._bucket, prefix=self._prefix, recursive=True))

    def _bytes(self) -> int:
        """Bytes on the shelf; counted once an hour, because others put theirs there too."""
        now = time.monotonic()
        if self._used is None or now - self._used[0] > _COUNT_S:
            self._used = now, sum(each.size or 0 for each in self._objects())
        return self._used[1]


@contextmanager
def _asked() -> Iterator[None]:
    """What a store that does not answer, or refuses, is to callers: as a disk that cannot be used."""
    try:
        yield
    except S3Error as error:
        raise OSError(5, f"the store of pictures answers {error.code}") from None
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        raise OSError(5, f"the store of pictures does not answer ({type(error).__name__})") from None
