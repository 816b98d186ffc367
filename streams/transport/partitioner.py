"""Kafka's default partitioner (murmur2, as in the Java client) over many keys at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from aiokafka.partitioner import murmur2

_SEED: Final = 0x9747B28C
_M: Final = np.uint32(0x5BD1E995)
_FEW: Final = 8
"""Below so many keys of one length, single hashing (cached) is quicker than setting arrays up."""


@lru_cache(maxsize=65_536)
def _one(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


def hashes(keys: Sequence[bytes]) -> list[int]:
    """Positive murmur2 hash of each key: ``hash % partitions`` is the partition the Java client would choose."""
    by_length: dict[int, list[int]] = {}
    for index, key in enumerate(keys):
        by_length.setdefault(len(key), []).append(index)
    result = [0] * len(keys)
    for length, indices in by_length.items():
        if len(indices) < _FEW:
            for index in indices:
                result[index] = _one(keys[index])
        else:
            found = _same_length([keys[index] for index in indices], length).tolist()
            for index, value in zip(indices, found, strict=True):
                result[index] = value
    return result


def _same_length(keys: list[bytes], length: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    count, whole = len(keys), length // 4
    data = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(count, length)
    words = np.ascontiguousarray(data[:, : whole * 4]).view("<u4").astype(np.uint32)
    h = np.full(count, (_SEED ^ length) & 0xFFFFFFFF, dtype=np.uint32)
    for column in range(whole):
        k = words[:, column] * _M
        k ^= k >> np.uint32(24)
        k *= _M
        h *= _M
        h ^= k
    rest = length % 4
    for position in range(rest - 1, -1, -1):
        h ^= data[:, whole * 4 + position].astype(np.uint32) << np.uint32(8 * position)
    if rest:
        h *= _M
    h ^= h >> np.uint32(13)
    h *= _M
    h ^= h >> np.uint32(15)
    return h & np.uint32(0x7FFFFFFF)
