"""What citizens think of what was done: kept on the incident; who is unsatisfied opens it again, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ioc.incidents import acts, clock, outputs
from ioc.incidents.case import Case
from ioc.incidents.desk import Desk
from ioc.incidents.history import appended, step
from ioc.incidents.memory import Writer
from ioc.incidents.voice import Voice
from ioc.records import Command, FieldError, HistoryEntry, Incident
from ioc.vocabulary import RATINGS, AlertReason, Rating, Status

CITIZEN: Final = "citizen"
"""Who acts, in the history: which one is nobody's business there."""
RATED: Final[tuple[Status, ...]] = ("resolved", "closed", "rejected")
"""Statuses in which there is something to rate."""
_MAX_COMMENT: Final = 1000


class RatingHandler:
    """Applies ``rate``; the report is found by its signal, wherever its evidence has been moved."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._voice = Voice(desk)

    def apply(self, command: Command, writer: Writer) -> None:
        """Apply one rating; one that says what is known changes nothing."""
        signal = command.arguments.get("signal_id")
        rating = next((each for each in RATINGS if each == command.arguments.get("rating")), None)
        comment = command.arguments.get("comment", "")
        name = self._memory.incident_of(signal) if isinstance(signal, str) else None
        case = self._memory.cases.get(name) if name else None
        incident = case.incident if case else None
        error = None
        if rating is None:
            error = FieldError("/arguments/rating", "not_allowed", f"must be one of {', '.join(RATINGS)}")
        elif not isinstance(comment, str) or len(comment) > _MAX_COMMENT:
            error = FieldError("/arguments/comment", "too_long", f"must have at most {_MAX_COMMENT} characters")
        elif case is None:
            error = FieldError("/arguments/signal_id", "unknown_signal", "no such report is at hand")
        elif case.incident.status not in RATED:
            message = f"{case.incident.status}; a report is rated when it is {', '.join(RATED)}"
            error = FieldError("/action", "not_allowed", message)
        if error is not None or case is None or rating is None:
            assert error is not None
            acts.refuse(self._desk, command, incident, error, writer)
            return
        assert isinstance(signal, str)
        member = self._memory.members(case.incident.incident_id)[signal]
        if member.rating == rating or command.command_id in case.commands:
            acts.repeat(command, writer)
            return
        self._rate(command, case, signal, rating, writer)

    def _rate(self, command: Command, case: Case, signal: str, rating: Rating, writer: Writer) -> None:
        before, now, desk = case.incident, writer.now, self._desk
        member = self._memory.members(before.incident_id)[signal]
        comment = desk.redact(str(command.arguments.get("comment", ""))).strip()
        steps = [step(now, CITIZEN, "rate", (before.status, before.status), f"rate-{rating}", reason=comment)]
        reopens = rating == "unsatisfied" and self._may_reopen(case, writer)
        if reopens:
            steps.append(step(now, CITIZEN, "reopen", (before.status, "reopened"), "reopen-rating"))
        rated = replace(
            case,
            incident=_changed(before, steps, _counted(before.ratings, member.rating, rating), writer),
            commands=acts.known(case, command),
        )
        if reopens:
            rated = replace(rated, incident=acts.reopened(rated.incident), finished_at=None, rating_reopened=True)
            rated = clock.due_again(rated, desk.duties, now)
        wanted: AlertReason | None = "updated" if reopens else None
        rated, said = self._voice.voiced(rated, wanted, comment or rated.incident.title, writer)
        writer.put(rated)
        writer.remember(before.incident_id, signal, member._replace(rating=rating))
        members = self._memory.members(before.incident_id)
        # Everybody sees that it is open again; that one citizen has rated it, that one alone.
        told = list(members.values()) if reopens else [members[signal]]
        writer.changes.feedback += outputs.feedback(rated, told, desk, now)
        self._voice.say(rated, said, writer)
        inputs = {"signal_id": signal, "rating": rating, "rating_before": member.rating, "reopens": reopens}
        rule_id = "reopen-rating" if reopens else f"rate-{rating}"
        acts.accept(desk, command, rule_id, before, writer, kind="rating", inputs=inputs)

    def _may_reopen(self, case: Case, writer: Writer) -> bool:
        if case.rating_reopened or case.incident.status not in {"resolved", "closed"} or case.resolved_at is None:
            return False
        return writer.now - case.resolved_at <= self._desk.rules.lifetimes.rating_reopens


def _changed(before: Incident, steps: list[HistoryEntry], ratings: dict[Rating, int], writer: Writer) -> Incident:
    history = before.history
    for each in steps:
        history = appended(history, each)
    return replace(
        before, status=steps[-1]["to"], ratings=ratings, updated_at=writer.now, version=before.version + 1,
        history=history,
    )  # fmt: skip


def _counted(before: Mapping[Rating, int], old: Rating | None, new: Rating) -> dict[Rating, int]:
    """Ratings with one more, or with one changed."""
    counts = {each: before.get(each, 0) - (each == old) + (each == new) for each in RATINGS}
    return {each: count for each, count in counts.items() if count}
