"""ONAP VES 7.x, the protocol of mobile networks' equipment, in terms of our base-station samples. See ``README.md``."""

from __future__ import annotations

from ioc.ves.mapping import VesMapping, load_ves_mapping, shipped_ves_mapping
from ioc.ves.schema import DOMAINS, Domain, faults
from ioc.ves.translate import Refused, Sample, Unused, domain_of, translate

__all__ = [
    "DOMAINS",
    "Domain",
    "Refused",
    "Sample",
    "Unused",
    "VesMapping",
    "domain_of",
    "faults",
    "load_ves_mapping",
    "shipped_ves_mapping",
    "translate",
]
