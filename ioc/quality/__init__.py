"""How good live data is: correct, complete, clean and live ("đúng, đủ, sạch, sống")."""

from __future__ import annotations

from ioc.quality.figures import DIMENSIONS, Dimension, Ratios, Sums, expected_records
from ioc.quality.rules import Floor, QualityRules, SourceQuality, load_quality

__all__ = [
    "DIMENSIONS",
    "Dimension",
    "Floor",
    "QualityRules",
    "Ratios",
    "SourceQuality",
    "Sums",
    "expected_records",
    "load_quality",
]
