"""Detectors at the province's one owner: what no single device shows."""

from __future__ import annotations

from ioc.area.detector import AreaDetector, AreaWriter
from ioc.area.outage import OutageDetector
from ioc.area.outage_rules import OUTAGES_FILE, OutageRules, load_outage_rules
from ioc.area.places import Places, Served, places_of
from ioc.area.quality import QualityWatch
from ioc.area.watch import ProvinceWatch

__all__ = [
    "OUTAGES_FILE",
    "AreaDetector",
    "AreaWriter",
    "OutageDetector",
    "OutageRules",
    "Places",
    "ProvinceWatch",
    "QualityWatch",
    "Served",
    "load_outage_rules",
    "places_of",
]
