"""Writing ``ioc.audit``: the chains of this machine, and what waits until Kafka takes it."""

from connectors.audit.chains import Chains
from connectors.audit.notes import act, folder
from connectors.audit.pending import Pending
from connectors.audit.reading import AuditUnreadable, catch_up, follow

__all__ = ["AuditUnreadable", "Chains", "Pending", "act", "catch_up", "folder", "follow"]
