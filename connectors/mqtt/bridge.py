"""From messages to records: what arrives is decoded, written, and only then acknowledged, in the order of arrival."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from connectors.mqtt.metrics import Metrics
from connectors.mqtt.outlet import Outlet
from connectors.mqtt.session import Inbound
from ioc.mqtt import Decoded, Decoder, Rejected
from ioc.mqtt.letters import Row, dead_letter, receipt
from ioc.records import FieldError

_log = logging.getLogger(__name__)

_BATCH_MESSAGES: Final = 1_000
_BATCH_BYTES: Final = 4 * 1024 * 1024
_ROOM_MESSAGES: Final = 1_000
"""Beside the messages that wait for an acknowledgement: those of QoS 0, which the broker does not hold back."""
_ROOM_BYTES: Final = 32 * 1024 * 1024
_PROBE_S: Final = 2.0


class Bridge:
    """Holds what has arrived and is not in Kafka yet; bounded.

    Args:
        decoder: Reads messages.
        outlet: Writes records.
        metrics: What is counted.
        in_flight: Messages that the broker sends before it waits for acknowledgements.
        hold: Told to read nothing more (``True``) or to go on (``False``).

    """

    def __init__(
        self, decoder: Decoder, outlet: Outlet, metrics: Metrics, in_flight: int, hold: Callable[[bool], None]
    ) -> None:
        self._decoder = decoder
        self._outlet = outlet
        self._metrics = metrics
        self._most = in_flight + _ROOM_MESSAGES
        self._hold = hold
        self._queue: deque[tuple[Inbound, datetime]] = deque()
        self._bytes = 0
        self._held = False
        self._stopping = False
        self._wake = asyncio.Event()

    def receive(self, inbound: Inbound) -> None:
        """Take one message."""
        self._queue.append((inbound, datetime.now(UTC)))
        self._bytes += len(inbound.message.payload)
        self._wake.set()
        self._metrics.pending(len(self._queue))
        if not self._held and (len(self._queue) >= self._most or self._bytes >= _ROOM_BYTES):
            self._held = True
            self._hold(True)

    def stop(self) -> None:
        """Let the batch end that is on its way. What has not begun is not acknowledged: it is delivered again."""
        self._stopping = True
        self._hold(True)
        self._wake.set()

    async def run(self) -> None:
        """Work until :meth:`stop`."""
        await self._outlet.probe()
        while not self._stopping:
            self._wake.clear()
            if not self._queue:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_S):
                        await self._wake.wait()
                if not self._queue and not self._stopping:
                    await self._outlet.probe()
                continue
            await self._batch()

    async def _batch(self) -> None:
        taken: list[Inbound] = []
        decoded: list[Decoded] = []
        rows: list[Row] = []
        size = 0
        for inbound, at in self._queue:
            if len(taken) >= _BATCH_MESSAGES or size >= _BATCH_BYTES:
                break
            one = self._decode(inbound, at)
            rows += _rows(inbound, one, at)
            taken.append(inbound)
            decoded.append(one)
            size += len(inbound.message.payload)
        if rows:
            await self._outlet.write(rows)
        for inbound in taken:
            # PUBACKs go in the order of the PUBLISHes (MQTT 5, 4.6).
            inbound.acknowledge()
            self._queue.popleft()
        self._bytes -= size
        self._metrics.count(decoded)
        self._metrics.pending(len(self._queue))
        if self._held and not self._stopping and len(self._queue) < self._most // 2 and self._bytes < _ROOM_BYTES // 2:
            self._held = False
            self._hold(False)

    def _decode(self, inbound: Inbound, at: datetime) -> Decoded:
        try:
            return self._decoder.decode(inbound.message, at)
        except Exception as error:
            # Ours to mend, but no reason to stop the others: it is kept as a dead letter. The trace could quote values.
            _log.error("mqtt_message_failed", extra={"error": type(error).__name__})
            fault = FieldError("", "invalid", "the bridge failed on this message")
            return Decoded("unmapped", rejects=[Rejected("urn:ioc:mqtt", "", [fault])])


def _rows(inbound: Inbound, decoded: Decoded, at: datetime) -> list[Row]:
    rows: list[Row] = [(record.topic, record.key, record.value, record.headers) for record in decoded.records]
    if decoded.rejects:
        rows.append(dead_letter(inbound.message, decoded.rejects))
        rows += [receipt(reject, at) for reject in decoded.rejects]
    return rows
