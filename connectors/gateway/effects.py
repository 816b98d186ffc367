"""What became of commands: whoever gave one waits a bounded time for its receipt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
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
        self._waiting: dict[str, list[asyncio.Future[Effect]]] = {}

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._tail.start()

    async def stop(self) -> None:
        """End at once; nobody waits any longer."""
        for waiting in self._waiting.values():
            for each in waiting:
                each.cancel()
        await self._tail.stop()

    async def after(self, write: Awaitable[None], command_id: str, wait_s: float) -> Effect | None:
        """Have a command written, and what has become of it within the time; none if nobody has said.

        Args:
            write: Writes it; what that raises is raised.
            command_id: The command's.
            wait_s: Seconds; with 0 nothing is waited for.

        """
        expected = self.expect(command_id) if wait_s else None
        comes = False
        try:
            await write
            comes = True
            if expected is not None:
                with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                    return await asyncio.wait_for(asyncio.shield(expected), wait_s)
            return None
        finally:
            if expected is not None:
                self.forget(command_id, expected, comes=comes)

    def expect(self, command_id: str) -> asyncio.Future[Effect] | None:
        """What will have the receipt; to be called before the command is written. None: too many wait.

        A command that is given twice at once has two receipts, and each who gave it waits for one of them: what is said
        of the one (refused, say) need not be true of the other.
        """
        if len(self._waiting) >= MAX_WAITING:
            return None
        expected: asyncio.Future[Effect] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command_id, []).append(expected)
        return expected

    def forget(self, command_id: str, expected: asyncio.Future[Effect], *, comes: bool) -> None:
        """Wait no longer.

        Args:
            command_id: The command's.
            expected: What waited.
            comes: The command was written: its receipt will still come, and is nobody else's.

        """
        waiting = self._waiting.get(command_id, [])
        if comes:
            expected.cancel()
        elif expected in waiting:
            waiting.remove(expected)
        if all(each.done() for each in waiting):
            self._waiting.pop(command_id, None)

    def _take(
        self, _topic: str, _partition: int, _offset: int, _key: bytes | None, value: bytes | None, _ms: int
    ) -> None:
        if not self._waiting or value is None or _MARK not in value:
            return
        try:
            receipt = orjson.loads(value)
            waiting = self._waiting.get(receipt["id"]) if receipt["source"] == COMMANDS_SOURCE else None
            effect = Effect(receipt["result"], receipt["errors"])
        except (ValueError, KeyError, TypeError):
            return  # a record of a newer release: what it says is not for this one
        if waiting and not (first := waiting.pop(0)).done():
            first.set_result(effect)


def _from_now(_first: Offsets, end: Offsets) -> Offsets:
    return dict(end)
