"""What turns telemetry into findings: limits as data, hysteresis, event time, one small state per condition.

Each detector has ``key(event)`` (names the state, the same for the same condition) and ``evaluate(event, state)``,
which answers with the news, if any, and the state to keep, if it changed. Telemetry without news is
:data:`~ioc.detect.model.QUIET`. Base stations have a state machine with timers instead: :mod:`ioc.detect.bts`.
"""

from __future__ import annotations

from ioc.detect.cameras import CameraDetector
from ioc.detect.model import QUIET, Evaluation, Finding, State, decode_state, encode_state
from ioc.detect.rules import Rules, load_rules
from ioc.detect.security import SecurityDetector
from ioc.detect.sensors import SensorDetector

__all__ = [
    "QUIET",
    "CameraDetector",
    "Evaluation",
    "Finding",
    "Rules",
    "SecurityDetector",
    "SensorDetector",
    "State",
    "decode_state",
    "encode_state",
    "load_rules",
]
