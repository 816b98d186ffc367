"""Detectors at the province's one owner: what no single device shows."""

from __future__ import annotations

from ioc.area.coverage import CoverageTotals
from ioc.area.detector import AreaDetector, AreaWriter
from ioc.area.programme import ProgrammeProgress
from ioc.area.quality import QualityWatch
from ioc.area.watch import ProvinceWatch

__all__ = ["AreaDetector", "AreaWriter", "CoverageTotals", "ProgrammeProgress", "ProvinceWatch", "QualityWatch"]
