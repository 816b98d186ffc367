"""Joining agents, engine and Faust to an app."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import faust
from faust.topics import Topic

from streams.transport.agent import BatchAgent
from streams.transport.engine import Engine, Successors, nobody
from streams.transport.errors import EXIT_MISCONFIGURED, Fatal
from streams.transport.observer import EngineObserver
from streams.transport.settings import EngineSettings


class BatchTopic(Topic):  # type: ignore[misc]
    """A topic whose messages carry the engine's work, not bytes to decode."""

    def _compile_decode(self) -> None:
        """Faust would replace ``decode`` by one that knows the schema."""

    async def decode(self, message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG002
        return self._create_event(None, message.value, headers=None, message=message)


class EngineApp(faust.App):  # type: ignore[misc]
    """A Faust app with an engine."""

    logger = logging.getLogger("faust.app")

    engine: Engine

    def _create_directories(self) -> None:
        """Faust keeps tables in a data directory; nothing here has files."""


def create_app(
    settings: EngineSettings,
    agents: Sequence[BatchAgent],
    observer: EngineObserver | None = None,
    successors: Successors = nobody,
) -> EngineApp:
    """An app in which each agent is a Faust agent over its topics.

    Args:
        settings: The engine's.
        agents: Who does the work.
        observer: What is told.
        successors: Asked between rounds: who takes over the work of all agents, with the same names and topics.

    Raises:
        Fatal: Names or topics collide.

    """
    _check(agents)
    app = EngineApp(
        settings.group,
        broker=[f"batch://{server}" for server in settings.servers],
        autodiscover=False,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.heartbeat_s,
        broker_rebalance_timeout=settings.rebalance_timeout_s,
        broker_request_timeout=settings.request_timeout_s,
        producer_request_timeout=settings.request_timeout_s,
        stream_wait_empty=False,
        stream_publish_on_commit=False,
        stream_recovery_delay=0.0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        HttpClient=object,  # nobody asks for one, and the usual one would be imported
        worker_redirect_stdouts=False,
        version=1,
    )
    app.engine = Engine(settings, agents, observer or EngineObserver(), successors)
    for agent in agents:
        topic = BatchTopic(app, topics=list(agent.topics), acks=False)
        app.agent(topic, name=agent.name)(_actor(agent.name))
    return app


def _actor(name: str) -> Callable[[Any], Coroutine[Any, Any, None]]:
    async def actor(stream: Any) -> None:
        async for event in stream.events():
            await event.value.execute()

    actor.__name__ = actor.__qualname__ = name
    return actor


def _check(agents: Sequence[BatchAgent]) -> None:
    names = [agent.name for agent in agents]
    topics = [topic for agent in agents for topic in agent.topics]
    changelogs = [agent.changelog for agent in agents if agent.changelog is not None]
    for what, found in (("name", names), ("input topic", topics), ("changelog", changelogs)):
        if len(set(found)) != len(found):
            doubles = sorted({one for one in found if found.count(one) > 1})
            raise Fatal(EXIT_MISCONFIGURED, f"two agents have the same {what}: {', '.join(doubles)}")
    if not agents:
        raise Fatal(EXIT_MISCONFIGURED, "there is no agent to run")
