"""Who is told, when and how often: escalation, silences, emergency modes and updates, as data."""

from ioc.paging.chains import Chain, Receiver, Step
from ioc.paging.load import PAGING_FILE, load_paging
from ioc.paging.policy import Emergency, Limits, LivePaging, Policy, Updates
from ioc.paging.subject import Subject
from ioc.paging.windows import Windows

__all__ = [
    "PAGING_FILE",
    "Chain",
    "Emergency",
    "Limits",
    "LivePaging",
    "Policy",
    "Receiver",
    "Step",
    "Subject",
    "Updates",
    "Windows",
    "load_paging",
]
