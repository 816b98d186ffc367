"""What shows that something was done: a photo's link or an attachment's id; what lacks it is flagged, never held up.

Whether a kind of fault needs it is said by the column ``evidence`` of the duty table. What a machine's own signal ends
needs none: the signal is the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ioc.incidents.duties import Duties
from ioc.incidents.history import appended, step
from ioc.records import Incident
from ioc.vocabulary import Action, Flag, Status

ACTIONS: Final[frozenset[Action]] = frozenset({"resolve", "close", "comment"})
"""What may be sent with the argument ``evidence``."""
LACKING: Final = "Chưa có ảnh hoặc minh chứng đã xử lý."
"""What the alert says of an incident without it."""

_MAX: Final = 20
_DONE: Final[frozenset[Status]] = frozenset({"resolved", "closed"})
_NO_EVIDENCE: Final[Flag] = "no_evidence"


def shown(incident: Incident, links: Sequence[str], by: str, duties: Duties, now: datetime) -> bool:
    """Note on an incident that is still nobody else's what shows that it was done, or flag that nothing does.

    Args:
        incident: After a command; its status says whether it is done.
        links: What came with the command.
        by: Who sent it.
        duties: What needs it.
        now: Processing time.

    Returns:
        Whether the incident lacks it.

    """
    new = [link for link in links if link not in incident.proof]
    if new:
        incident.proof = [*incident.proof, *new][-_MAX:]
    flagged = _NO_EVIDENCE in incident.flags
    if incident.status not in _DONE:
        return False
    duty = duties.duty(incident.category, incident.subcategory, incident.severity, incident.opened_at)
    lacks = duty.evidence and not incident.proof
    if lacks != flagged:
        incident.flags = [_NO_EVIDENCE] if lacks else []
        status, rule_id = incident.status, "flag-no-evidence" if lacks else "evidence-given"
        change = step(now, by, "flag" if lacks else "unflag", (status, status), rule_id)
        incident.history = appended(incident.history, change)
    return lacks
