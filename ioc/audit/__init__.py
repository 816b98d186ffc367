"""Who did what: records of ``ioc.audit``, the chains that they form, and what breaks them."""

from ioc.audit.chain import GENESIS, Head, link
from ioc.audit.entry import HIDDEN, Entry, entry_of, read_link
from ioc.audit.record import AuditRecord
from ioc.audit.verify import Anchor, Break, Chain, Verifier

__all__ = [
    "GENESIS",
    "HIDDEN",
    "Anchor",
    "AuditRecord",
    "Break",
    "Chain",
    "Entry",
    "Head",
    "Verifier",
    "entry_of",
    "link",
    "read_link",
]
