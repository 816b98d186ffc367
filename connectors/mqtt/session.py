"""The connection to the MQTT broker: one session for all connections, acknowledgements given by hand.

paho's client is driven by the event loop rather than by a thread of its own, so that what arrives, what is acknowledged
and what is lost have one order. Every connection has a client of its own: an acknowledgement for a message of a
connection that is gone goes nowhere, as it should: on the next one its number may be another message's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ioc.mqtt import Message
from ioc.settings import MqttSettings

_log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S: Final = 5.0
_ANSWER_TIMEOUT_S: Final = 10.0
_BACKOFF_S: Final = 0.5
_BACKOFF_MOST_S: Final = 30.0
_STEADY_S: Final = 10.0
"""A connection that held for so long begins the waiting anew; two bridges of one name would fight without a pause."""
_TICK_S: Final = 1.0
_FLUSH_S: Final = 1.0
_PACKETS: Final = 32
"""Read before others have their turn."""


class Lost(Exception):
    """The connection is gone or was refused; the message says why, in the broker's words."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that has to be acknowledged."""

    message: Message
    client: Client
    mid: int
    qos: int

    def acknowledge(self) -> None:
        """Tell the broker that it need not keep it; goes nowhere if its connection is gone."""
        if self.qos:
            self.client.ack(self.mid, self.qos)


class Session:
    """Connects, subscribes, and does so again whenever the connection is lost.

    Args:
        settings: Where the broker is and how to speak to it.
        client_id: Names the session.
        filters: What to subscribe to.
        former: What this session had subscribed to before and does not want any more.
        on_message: Gets every message.
        on_state: Told whether the broker is there, whenever that changes.

    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        *,
        filters: Sequence[str],
        former: Sequence[str],
        on_message: Callable[[Inbound], None],
        on_state: Callable[[bool], None],
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        prefix = f"$share/{settings.share}/" if settings.share else ""
        self.subscriptions = [prefix + one for one in filters]
        self._former = [one for one in former if one not in self.subscriptions]
        self._on_message = on_message
        self._on_state = on_state
        self._connection: _Connection | None = None
        self._told: str | None = None
        self._paused = False
        self._stopping = asyncio.Event()
        self.trouble: list[str] = ["mqtt: not connected yet"]

    async def run(self) -> None:
        """Stay connected until :meth:`stop`."""
        delay = _BACKOFF_S
        while not self._stopping.is_set():
            began = monotonic()
            connection = _Connection(self._settings, self._client_id, self._on_message)
            try:
                await connection.open(self.subscriptions, self._former)
                self._connection = connection
                if self._paused:
                    connection.pause()
                self._said_up(connection.refused)
                await connection.until_lost(self._stopping)
            except (Lost, OSError, TimeoutError) as error:
                self._said_down(error)
            finally:
                self._connection = None
                await connection.close()
            delay = _BACKOFF_S if monotonic() - began > _STEADY_S else min(delay * 2, _BACKOFF_MOST_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay * random.uniform(0.5, 1.0)):
                    await self._stopping.wait()
        self._on_state(False)

    def pause(self) -> None:
        """Read nothing more: what the broker sends waits in the network, then at the broker."""
        self._paused = True
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        if self._connection is not None:
            self._connection.resume()

    def stop(self) -> None:
        """Have :meth:`run` take its leave of the broker and end."""
        self._stopping.set()

    def _said_up(self, refused: Sequence[str]) -> None:
        self.trouble = [f"mqtt: the broker refuses the subscription {one}" for one in refused]
        for one in refused:
            _log.error("mqtt_subscription_refused", extra={"filter": one})
        if self._told != "":
            self._told = ""
            self._on_state(True)
            _log.info("mqtt_connected", extra={"host": self._settings.host, "subscriptions": len(self.subscriptions)})

    def _said_down(self, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        self.trouble = [f"mqtt: {reason}"]
        self._on_state(False)
        if self._told != reason:
            self._told = reason
            _log.warning("mqtt_away", extra={"reason": reason})


class _Connection:
    """One connection, from CONNECT to its end."""

    def __init__(self, settings: MqttSettings, client_id: str, on_message: Callable[[Inbound], None]) -> None:
        self._settings = settings
        self._five = settings.protocol == "5"
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._subscribed: asyncio.Future[list[ReasonCode]] = self._loop.create_future()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._socket: Any = None
        self._paused = False
        self._received_count = 0
        self.refused: list[str] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311,
            clean_session=None if self._five else False,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._client.connect_timeout = _CONNECT_TIMEOUT_S
        if settings.username is not None:
            secret = settings.password
            self._client.username_pw_set(settings.username, secret.get_secret_value() if secret else None)
        if settings.tls:
            context = ssl.create_default_context(cafile=settings.cafile)
            if settings.certfile is not None:
                context.load_cert_chain(settings.certfile, settings.keyfile)
            self._client.tls_set_context(context)
        self._client.on_connect = self._answered
        self._client.on_subscribe = self._subscription_answered
        self._client.on_disconnect = self._ended
        self._client.on_message = self._received

    async def open(self, subscriptions: Sequence[str], former: Sequence[str]) -> None:
        """Connect and subscribe.

        Raises:
            Lost: the broker refuses.
            OSError: it cannot be reached.
            TimeoutError: it does not answer.

        """
        await self._in_thread(self._connect)
        client = self._client
        self._socket = client.socket()
        client.on_socket_register_write = lambda *_: self._watch_writes()
        client.on_socket_unregister_write = lambda *_: self._unwatch_writes()
        client.on_socket_close = lambda *_: self._unwatch()
        if self._socket is None:
            raise Lost("the connection was closed at once")
        self._loop.add_reader(self._socket, self._read)
        if client.want_write():
            self._watch_writes()
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            await self._first(self._connected)
            if former:
                client.unsubscribe(list(former))
            if self._five:
                # What is kept at the broker is sent for new subscriptions only, not at every reconnect.
                kept = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
                client.subscribe([(one, SubscribeOptions(qos=1, retainHandling=kept)) for one in subscriptions])
            else:
                client.subscribe([(one, 1) for one in subscriptions])
            await self._first(self._subscribed)
        codes = self._subscribed.result()
        self.refused = [one for one, code in zip(subscriptions, codes, strict=False) if code.is_failure]

    async def until_lost(self, stopping: asyncio.Event) -> None:
        """Keep the connection alive until it is lost or nobody wants it.

        Raises:
            Lost: it is.

        """
        waiting = asyncio.ensure_future(stopping.wait())
        try:
            while not stopping.is_set():
                awaited: set[asyncio.Future[Any]] = {self._lost, waiting}
                await asyncio.wait(awaited, timeout=_TICK_S, return_when=asyncio.FIRST_COMPLETED)
                if self._lost.done():
                    raise Lost(self._lost.result())
                self._client.loop_misc()
        finally:
            waiting.cancel()

    async def close(self) -> None:
        """Send what is queued and take leave; the session stays at the broker."""
        if self._socket is not None and self._client.is_connected():
            self._client.disconnect()
            deadline = monotonic() + _FLUSH_S
            while self._client.want_write() and self._socket is not None and monotonic() < deadline:  # noqa: ASYNC110 - a socket is looked at
                await asyncio.sleep(0.01)
        self._unwatch()
        # Closes the socket, and tells nobody any more.
        self._client.on_disconnect = None
        self._client._sock_close()
        for future in (self._connected, self._subscribed, self._lost):
            future.cancel()

    def pause(self) -> None:
        self._paused = True
        if self._socket is not None:
            self._loop.remove_reader(self._socket)

    def resume(self) -> None:
        self._paused = False
        if self._socket is not None:
            self._loop.add_reader(self._socket, self._read)
            self._loop.call_soon(self._read)

    def _connect(self) -> None:
        settings = self._settings
        port = settings.port or (8883 if settings.tls else 1883)
        if not self._five:
            self._client.connect(settings.host, port, settings.keepalive_s)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = settings.session_expiry_s
        properties.ReceiveMaximum = settings.in_flight
        self._client.connect(settings.host, port, settings.keepalive_s, clean_start=False, properties=properties)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        """Run what blocks beside the loop; nobody waits for it at the end of the process."""
        done: asyncio.Future[None] = self._loop.create_future()

        def settle(error: BaseException | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        def target() -> None:
            failed: BaseException | None = None
            try:
                work()
            except BaseException as error:
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is gone
                self._loop.call_soon_threadsafe(settle, failed)

        threading.Thread(target=target, name="mqtt-connect", daemon=True).start()
        await done

    async def _first(self, awaited: asyncio.Future[Any]) -> None:
        await asyncio.wait({awaited, self._lost}, return_when=asyncio.FIRST_COMPLETED)
        if not awaited.done():
            raise Lost(self._lost.result())
        awaited.result()

    def _watch_writes(self) -> None:
        if self._socket is not None:
            self._loop.add_writer(self._socket, self._client.loop_write)

    def _unwatch_writes(self) -> None:
        if self._socket is not None:
            self._loop.remove_writer(self._socket)

    def _unwatch(self) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = None

    def _read(self) -> None:
        """Read what is there, a bounded number of packets at a time."""
        try:
            for _ in range(_PACKETS):
                if self._paused or self._socket is None:
                    return
                before = self._received_count
                if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    return
                if self._received_count == before and not self._decrypted():
                    return
        except Exception as error:
            _log.error("mqtt_packet_unreadable", extra={"error": type(error).__name__})
            self._give_up(f"unreadable packet ({type(error).__name__})")
            return
        if self._decrypted():
            self._loop.call_soon(self._read)

    def _decrypted(self) -> bool:
        """Whether TLS holds data that does not make the socket readable any more."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def _give_up(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)

    def _answered(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if self._connected.done():
            return
        if code.is_failure:
            self._connected.set_exception(Lost(f"the broker refuses: {code}"))
        else:
            self._connected.set_result(None)

    def _subscription_answered(
        self, _client: Client, _userdata: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if not self._subscribed.done():
            self._subscribed.set_result(codes)

    def _ended(
        self, _client: Client, _userdata: Any, _flags: DisconnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        self._give_up(f"disconnected: {code}")

    def _received(self, client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self._received_count += 1
        self._on_message(
            Inbound(Message(topic, bytes(message.payload), message.retain), client, message.mid, message.qos)
        )
