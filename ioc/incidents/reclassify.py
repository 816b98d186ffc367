"""An operator says what a report really is about: the incident follows, and the classifier can learn from it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final, NamedTuple

from ioc.incidents import acknowledgement, acts, clock, outputs
from ioc.incidents.case import Case, is_made, kept_apart
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.lifecycle import Transition
from ioc.incidents.memory import Writer
from ioc.incidents.routing import decided, handed, labels_of, source_of
from ioc.incidents.voice import Voice
from ioc.records import Command, FieldError, Incident
from ioc.vocabulary import CATEGORIES, SEVERITIES, AlertReason, Category, Severity

KIND: Final = "reclassified"
_MAX_EXAMPLES: Final = 20
"""Texts that one decision carries."""
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class _Label(NamedTuple):
    category: Category
    subcategory: str
    severity: Severity


class ReclassifyHandler:
    """Applies ``reclassify``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._voice = Voice(desk)

    def apply(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        """Do it, or say what is wrong with the command."""
        before, now, desk = case.incident, writer.now, self._desk
        label = _label(command.arguments, before)
        if isinstance(label, FieldError):
            return label
        incident = acts.stepped(before, command, transition, now)
        incident.category, incident.subcategory, incident.severity = label
        incident.also = [each for each in before.also if each != label.category]
        source = source_of(before)
        mode = desk.memory.registry.mode(before.centre, before.commune, now)
        old, new = (desk.routes.route(labels_of(each, source, mode)) for each in (before, incident))
        # A unit that an operator has chosen stays unless the way leads to another one now.
        if new.unit not in {old.unit, before.unit}:
            incident = handed(incident, new, SYSTEM, now)
            writer.changes.decisions.append(decided(incident, new, desk.versions, now))
        group = desk.rules.group(label.category, label.subcategory)
        changed = replace(
            case,
            incident=incident,
            group=kept_apart(group.key(label.subcategory), made=is_made(case.group)),
            commands=acts.known(case, command),
        )
        changed.incident.due_at = desk.target(incident, clock.due(changed, desk.duties), now)
        changed = clock.resumed(changed, desk.duties, now)
        incident = changed.incident
        graver = acknowledgement.is_graver(incident, before)
        anew = acknowledgement.cancel(incident, "severity", desk, now) if graver else ""
        wanted: AlertReason = "worsened" if anew else "updated"
        changed, said = self._voice.voiced(changed, wanted, outputs.added(command.reason, anew), writer)
        writer.put(changed)
        members = sorted(desk.memory.members(incident.incident_id).items(), key=lambda each: (each[1].at, each[0]))
        if incident.unit != before.unit:
            people = [member for _, member in members]
            writer.changes.feedback += outputs.feedback(changed, people, desk, now)
        self._voice.say(changed, said, writer)
        examples = [
            {
                "signal_id": signal,
                "text": member.text,
                "category": member.category,
                "subcategory": member.subcategory,
                "severity": member.severity,
                "versions": member.versions,
            }
            for signal, member in members
            if member.text
        ]
        inputs = {
            "reason": command.reason,
            "old": _Label(before.category, before.subcategory, before.severity)._asdict(),
            "new": label._asdict(),
            "unit_before": before.unit,
            "unit": incident.unit,
            "examples": examples[:_MAX_EXAMPLES],
        }
        acts.accept(desk, command, transition.rule_id, before, writer, kind=KIND, inputs=inputs)
        return None


def _label(arguments: dict[str, Any], before: Incident) -> _Label | FieldError:
    """What the incident is to be; what the command does not name stays."""
    category = arguments.get("category", before.category)
    if category not in CATEGORIES:
        return FieldError("/arguments/category", "not_allowed", f"must be one of {', '.join(CATEGORIES)}")
    severity = arguments.get("severity", before.severity)
    if severity not in SEVERITIES:
        return FieldError("/arguments/severity", "not_allowed", f"must be one of {', '.join(SEVERITIES)}")
    subcategory = arguments.get("subcategory", before.subcategory if category == before.category else None)
    if not isinstance(subcategory, str) or not _CODE.fullmatch(subcategory):
        return FieldError("/arguments/subcategory", "not_allowed", "must be a subcategory's code, as in lit_street")
    label = _Label(category, subcategory, severity)
    if label == (before.category, before.subcategory, before.severity):
        message = "must name a category, subcategory or severity that the incident has not got"
        return FieldError("/arguments", "not_allowed", message)
    return label
