"""What became of commands: whoever gave one waits a bounded time for its receipt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import orjson

from connectors.gateway.tail import Offsets, Tail
from ioc.topics import COMMANDS_SOURCE, RECEIPTS

_MARK: Final = COMMANDS_SOURCE.encode()
MAX_WAITING: Final = 1_000
"""Commands that are waited for at a time; further ones are answered at once."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Receipt of a command: ``accepted``, ``duplicate_of`` or ``rejected`` with what is wrong."""

    result: str
    errors: list[dict[str, Any]]


class Effects:
    """Follows the receipts of commands from now on."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._tail = Tail(options, [RECEIPTS], start=_from_now, on_record=self._take, name="receipts")
        self._waiting: dict[str, asyncio.Future[Effect]] = {}

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._tail.start()

    async def stop(self) -> None:
        """End at once; nobody waits any longer."""
        for waiting in self._waiting.values():
            waiting.cancel()
        await self._tail.stop()

    def expect(self, command_id: str) -> asyncio.Future[Effect] | None:
        """What will have the receipt; to be called before the command is written. None: too many wait."""
        if len(self._waiting) >= MAX_WAITING:
            return None
        # The same command given twice at once: both wait for the one receipt.
        return self._waiting.setdefault(command_id, asyncio.get_running_loop().create_future())

    def forget(self, command_id: str) -> None:
        """Wait no longer."""
        self._waiting.pop(command_id, None)

    def _take(
        self, _topic: str, _partition: int, _offset: int, _key: bytes | None, value: bytes | None, _ms: int
    ) -> None:
        if not self._waiting or value is None or _MARK not in value:
            return
        try:
            receipt = orjson.loads(value)
            waiting = self._waiting.get(receipt["id"]) if receipt["source"] == COMMANDS_SOURCE else None
            if waiting is not None and not waiting.done():
                waiting.set_result(Effect(receipt["result"], receipt["errors"]))
        except (ValueError, KeyError, TypeError):
            return  # a record of a newer release: what it says is not for this one


def _from_now(_first: Offsets, end: Offsets) -> Offsets:
    return dict(end)
