"""Base stations: a state machine per site, operator and technology, and the coverage of cells. See ``README.md``."""

from __future__ import annotations

from ioc.detect.bts.findings import Subject, finding, told_by
from ioc.detect.bts.machine import News, SiteMachine
from ioc.detect.bts.rules import BtsRules, CoverageRules, read_bts_rules
from ioc.detect.bts.state import CLEAN, SiteState, decode_site, encode_site

__all__ = [
    "CLEAN",
    "BtsRules",
    "CoverageRules",
    "News",
    "SiteMachine",
    "SiteState",
    "Subject",
    "decode_site",
    "encode_site",
    "finding",
    "read_bts_rules",
    "told_by",
]
