"""The batch engine: exactly-once rounds over Kafka behind Faust agents. See README.md beside this file."""

from streams.transport import lean, selftest  # noqa: F401  # lean is read before whatever imports Faust
from streams.transport.agent import BatchAgent
from streams.transport.app import EngineApp, create_app
from streams.transport.brake import BrakeLimits
from streams.transport.driver import Transport
from streams.transport.errors import (
    EXIT_BRAKE,
    EXIT_CLEAN,
    EXIT_FORCED,
    EXIT_MISCONFIGURED,
    Fatal,
    OutputTooLarge,
    Transient,
)
from streams.transport.observer import EngineObserver, Outcome, Point
from streams.transport.outbox import DeadLetter, Outbox, Output
from streams.transport.records import RecordBatch
from streams.transport.settings import EngineSettings
from streams.transport.state import PartitionState
from streams.transport.worker import run_worker

__all__ = [
    "EXIT_BRAKE",
    "EXIT_CLEAN",
    "EXIT_FORCED",
    "EXIT_MISCONFIGURED",
    "BatchAgent",
    "BrakeLimits",
    "DeadLetter",
    "EngineApp",
    "EngineObserver",
    "EngineSettings",
    "Fatal",
    "Outbox",
    "Outcome",
    "Output",
    "OutputTooLarge",
    "PartitionState",
    "Point",
    "RecordBatch",
    "Transient",
    "Transport",
    "create_app",
    "run_worker",
]

selftest.check()
