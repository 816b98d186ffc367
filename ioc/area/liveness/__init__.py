"""Which registered devices are silent, what failed behind them, and who is told: see the package's README."""

from __future__ import annotations

from ioc.area.liveness.detector import Liveness
from ioc.area.liveness.roll import Roll
from ioc.area.liveness.rules import LivenessRules, load_liveness

__all__ = ["Liveness", "LivenessRules", "Roll", "load_liveness"]
