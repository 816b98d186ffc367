"""Open311 GeoReport v2 without HTTP: services, what is posted, what is asked, what is shown, JSON and XML of it."""

from __future__ import annotations

from ioc.open311.asked import MAX_SPAN, Asked, asked, is_true
from ioc.open311.faults import Fault, Open311Error
from ioc.open311.identity import IDENTITY, identity_of
from ioc.open311.posted import MAX_FIELDS, Posted, fields_of_form, fields_of_json, posted, told
from ioc.open311.services import definition, discovery, services
from ioc.open311.shown import Note, ServiceRequest, is_closed, record, rounded, snapped
from ioc.open311.written import Form, written

__all__ = [
    "IDENTITY",
    "MAX_FIELDS",
    "MAX_SPAN",
    "Asked",
    "Fault",
    "Form",
    "Note",
    "Open311Error",
    "Posted",
    "ServiceRequest",
    "asked",
    "definition",
    "discovery",
    "fields_of_form",
    "fields_of_json",
    "identity_of",
    "is_closed",
    "is_true",
    "posted",
    "record",
    "rounded",
    "services",
    "snapped",
    "told",
    "written",
]
