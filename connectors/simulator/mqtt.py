"""Events as devices publish them to an MQTT broker: one JSON object each, ``sim/<source>/<device>``, QoS 1."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from connectors.simulator.event import Event
from connectors.simulator.sinks import SinkError
from ioc.settings import MqttSettings
from ioc.vocabulary import Source

SOURCES: Final[tuple[Source, ...]] = ("sensors", "cameras")
"""Whose devices speak MQTT."""
ROOT: Final = "sim"
"""First level of the topics."""
MAPPING: Final = "".join(
    f'[[topic]]\nfilters = ["{ROOT}/{source}/+"]\npreset = "json"\nsource = "{source}"\npublisher = "simulator"\n\n'
    for source in SOURCES
)
"""What the bridge has to know of them (``IOC_MQTT__MAPPING``)."""
_IN_FLIGHT: Final = 1_000
_TIMEOUT_S: Final = 30.0
_LOOK_S: Final = 0.005
_PORT, _TLS_PORT = 1883, 8883


class MqttSink:
    """A :class:`~connectors.simulator.sinks.Sink` that waits for the broker's word on each message.

    Args:
        settings: Where the broker is, and who publishes: those of the bridge.

    """

    def __init__(self, settings: MqttSettings) -> None:
        self.failed: Counter[str] = Counter()
        self._host = settings.host
        self._port = settings.port or (_TLS_PORT if settings.tls else _PORT)
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        client.max_queued_messages_set(0)
        if settings.username is not None:
            client.username_pw_set(
                settings.username, settings.password.get_secret_value() if settings.password else None
            )
        if settings.tls:
            context = ssl.create_default_context(cafile=settings.cafile)
            if settings.certfile is not None:
                context.load_cert_chain(settings.certfile, settings.keyfile)
            client.tls_set_context(context)
        self._client = client
        self._waiting: deque[MQTTMessageInfo] = deque()

    async def start(self) -> None:
        try:
            await asyncio.to_thread(self._client.connect, self._host, self._port)
        except OSError as error:
            raise SinkError(f"no MQTT broker at {self._host}:{self._port} ({type(error).__name__})") from None
        self._client.loop_start()

    async def send(self, events: Sequence[Event]) -> None:
        for event in events:
            info = self._client.publish(f"{ROOT}/{event.source}/{event.key.decode()}", event.body, qos=1)
            if info.rc in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
                self._waiting.append(info)  # without connection it is kept until there is one
            else:
                self.failed[f"MQTT {info.rc.name}"] += 1
        await self._drain(_IN_FLIGHT)

    async def stop(self) -> None:
        await self._drain(0)
        if self._waiting:
            self.failed["MQTT unconfirmed"] += len(self._waiting)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def _drain(self, most: int) -> None:
        """Wait until at most so many messages are unconfirmed, or for as long as is sensible."""
        for _ in range(int(_TIMEOUT_S / _LOOK_S)):
            while self._waiting and self._waiting[0].is_published():
                self._waiting.popleft()
            if len(self._waiting) <= most:
                return
            await asyncio.sleep(_LOOK_S)
