"""What an agency's system says of a request: fields to what is to be done with its incident, or to what is wrong.

The fields are those of the extension for updates that FixMyStreet and its agencies speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from ioc.open311.faults import Fault, Open311Error
from ioc.records import FieldError

MAX_SAID: Final = 2_000
"""Characters of a description: those of an operator's words."""
_MAX_ID: Final = 200

Step = Literal["accept", "start", "return", "resolve", "comment"]

STEPS: Final[Mapping[str, Step]] = {
    # The standard's own.
    "open": "comment",
    "closed": "resolve",
    # Ours.
    "accepted": "accept",
    "in_progress": "start",
    "returned": "return",
    "resolved": "resolve",
    # In wide use.
    "action_scheduled": "accept",
    "investigating": "start",
    "not_councils_responsibility": "return",
    "fixed": "resolve",
}
"""What a status asks for. An agency does not close: that is for whoever looks at what was done, or for time."""

_WORDED: Final[frozenset[Step]] = frozenset({"return", "comment"})
"""What needs a reason."""
_SHOWN: Final[frozenset[Step]] = frozenset({"resolve", "comment"})
"""What may come with a picture of it."""
_NAMES: Final = {"/action": "status", "/reason": "description", "/arguments/evidence": "media_url"}


@dataclass(frozen=True, slots=True)
class Update:
    """An update that is fine as far as its fields go.

    Attributes:
        request_id: Of the request, or of its incident.
        update_id: The agency's own; the same again is the same update.
        at: When the agency's system wrote it.
        step: What is to be done.
        said: Why, or what was done.
        links: What shows it.

    """

    request_id: str
    update_id: str
    at: datetime
    step: Step
    said: str
    links: tuple[str, ...] = ()


def update_of(fields: Mapping[str, Sequence[str]], now: datetime, ahead: timedelta) -> Update:
    """The update that fields make.

    Args:
        fields: What was posted.
        now: The clock, aware.
        ahead: How far another system's clock may be ahead.

    Raises:
        Open311Error: something is missing or not known; all of it at once.

    """
    faults: list[Fault] = []

    def value(name: str, *, needed: bool = True) -> str:
        found = [each.strip() for each in fields.get(name, ()) if each.strip()]
        if len(set(found)) > 1:
            faults.append(Fault(400, f"{name} must be given once."))
        elif needed and not found:
            faults.append(Fault(400, f"{name} is needed."))
        return found[0] if found else ""

    request_id, update_id = value("service_request_id"), value("update_id")
    for name, given in (("service_request_id", request_id), ("update_id", update_id)):
        if len(given) > _MAX_ID:
            faults.append(Fault(400, f"{name} must have at most {_MAX_ID} characters."))
    at = _instant(value("updated_datetime"), now, ahead, faults)
    status = value("status").lower().replace(" ", "_").replace("-", "_")
    step = STEPS.get(status)
    if status and step is None:
        faults.append(Fault(400, f"status must be one of {', '.join(STEPS)}, in either case."))
    said = value("description", needed=step in _WORDED)
    if len(said) > MAX_SAID:
        faults.append(Fault(400, f"description must have at most {MAX_SAID} characters."))
    link = value("media_url", needed=False)
    if link and step is not None and step not in _SHOWN:
        faults.append(Fault(400, "media_url comes with what was done, or with a comment."))
    if faults or at is None or step is None:
        raise Open311Error(list(dict.fromkeys(faults)))
    return Update(request_id, update_id, at, step, said, (link,) if link else ())


def update_faults(errors: Sequence[FieldError]) -> list[Fault]:
    """What the incident does not allow, by the names that who posted the update knows."""
    return [Fault(400, _sentence(error)) for error in errors]


def _sentence(error: FieldError) -> str:
    name = next((name for pointer, name in _NAMES.items() if error.pointer.startswith(pointer)), "")
    return f"{name}: {error.message}." if name else f"{error.message}."


def _instant(text: str, now: datetime, ahead: timedelta, faults: list[Fault]) -> datetime | None:
    if not text:
        return None
    try:
        # A plus that was not encoded arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
        known = at.tzinfo is not None and at <= now + ahead
    except (ValueError, OverflowError):
        known = False
    if not known:
        message = "updated_datetime must be a time with its zone that is not ahead, like 2026-03-02T07:45:00+07:00."
        faults.append(Fault(400, message))
        return None
    return at
