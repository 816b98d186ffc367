"""Whoever gives a command is told what became of it, also when it was given twice at once."""

from __future__ import annotations

import asyncio

import orjson

from connectors.gateway.effects import Effects
from ioc.topics import COMMANDS_SOURCE, RECEIPTS


def tell(effects: Effects, result: str, command: str = "c-1") -> None:
    receipt = {"source": COMMANDS_SOURCE, "id": command, "result": result, "errors": []}
    effects._take(RECEIPTS, 0, 0, None, orjson.dumps(receipt), 0)


async def test_each_who_gave_a_command_at_once_has_a_receipt() -> None:
    effects = Effects({})
    one, other = effects.expect("c-1"), effects.expect("c-1")
    assert one is not None
    assert other is not None
    tell(effects, "rejected")
    assert not other.done()
    effects.forget("c-1", one, comes=True)
    tell(effects, "accepted", command="c-2")
    tell(effects, "accepted")
    assert (one.result().result, other.result().result) == ("rejected", "accepted")


async def test_who_has_gone_leaves_the_receipt_of_what_was_written_to_nobody_else() -> None:
    effects = Effects({})
    gone, stays = effects.expect("c-1"), effects.expect("c-1")
    assert gone is not None
    assert stays is not None
    effects.forget("c-1", gone, comes=True)
    tell(effects, "rejected")
    assert not stays.done()
    tell(effects, "accepted")
    assert (await asyncio.wait_for(stays, 1)).result == "accepted"


async def test_what_was_not_written_has_no_receipt_to_wait_for() -> None:
    effects = Effects({})
    failed, stays = effects.expect("c-1"), effects.expect("c-1")
    assert failed is not None
    assert stays is not None
    effects.forget("c-1", failed, comes=False)
    tell(effects, "accepted")
    assert stays.result().result == "accepted"
    effects.forget("c-1", stays, comes=True)
    assert not effects._waiting
