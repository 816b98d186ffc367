"""Why an incident is as it is: its decisions and steps in order of time, as sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from ioc.languages import LANGUAGES, Language
from ioc.records import Decision, HistoryEntry, Incident
from ioc.story.texts import StoryTexts

_LISTS: Final = {
    "category": "category",
    "severity": "severity",
    "severity_before": "severity",
    "source": "source",
    "status": "status",
    "action": "action",
    "reason": "reason",
    "to": "receiver",
}
"""Which list of words names the codes of an input."""
_TOLD_ELSEWHERE: Final = frozenset({"open", "route", "resolve", "reopen", "worsen", "ease", "escalate"})
"""Steps of the system that a decision tells more about."""
_CODE: Final = re.compile(r"([a-z_]+)(?:/([a-z_]+))?")
_FIRST: Final = {"classify": 0, "open": 1, "join": 2, "route": 3}
"""What comes before what in one instant: an event is understood, then belongs somewhere, then goes to somebody."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the story.

    Attributes:
        at: When it was decided; processing time.
        kind: Kind of decision, or ``step`` for what only the history has.
        rule_id: Rule that decided.
        by: Who decided; ``system`` where no person did.
        text: The sentence in every language.
        inputs: What it was decided on.
        versions: Of the tables and models that decided.

    """

    at: datetime
    kind: str
    rule_id: str
    by: str
    text: dict[Language, str]
    inputs: dict[str, Any]
    versions: dict[str, str]


class _Values(defaultdict[str, str]):
    """Values of placeholders; what a decision does not say is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def tell(
    incident: Incident,
    decisions: Iterable[Decision],
    texts: StoryTexts,
    zone: tzinfo,
    *,
    unit: Callable[[str], str] = str,
) -> list[Line]:
    """Sentences of an incident's story, the oldest first.

    Args:
        incident: Its current state.
        decisions: All that are kept of it, and of the reports that belong to it, in any order; each is told once.
        texts: What to say.
        zone: Whose local time is told.
        unit: Name of a unit from its code.

    """
    known = {decision.decision_id: decision for decision in decisions}
    lines = [_decided(decision, texts, zone, unit) for decision in known.values()]
    rules = {(decision.at, decision.rule_id) for decision in known.values()}
    lines += [
        _stepped(entry, texts, zone, unit)
        for entry in incident.history
        if (entry["at"], entry["rule_id"]) not in rules and entry["action"] not in _TOLD_ELSEWHERE
    ]
    return sorted(lines, key=lambda line: (line.at, _FIRST.get(line.kind, len(_FIRST)), line.kind, line.rule_id))


def _decided(decision: Decision, texts: StoryTexts, zone: tzinfo, unit: Callable[[str], str]) -> Line:
    inputs = decision.inputs
    template = texts.sentence(decision.kind, decision.rule_id) or texts.sentence("decision", "")
    assert template is not None, "there is a sentence for everything"
    said = {}
    for language in LANGUAGES:
        values = _values(inputs, texts, language, zone, unit)
        values |= {
            "kind": decision.kind, "rule": decision.rule_id, "event": decision.event_id or "–",
            "outcome": decision.outcome, "unit": unit(decision.outcome), "parts": _parts(inputs, texts, language),
        }  # fmt: skip
        said[language] = template[language].format_map(values)
    by = str(inputs.get("by", "system"))
    return Line(decision.at, decision.kind, decision.rule_id, by, said, inputs, decision.versions)


def _stepped(entry: HistoryEntry, texts: StoryTexts, zone: tzinfo, unit: Callable[[str], str]) -> Line:
    inputs: dict[str, Any] = {"by": entry["by"], "action": entry["action"], "status": entry["to"]}
    template = texts.sentence("step", entry["action"]) or texts.sentence("step", "*")
    assert template is not None, "there is a sentence for every step"
    said = {}
    for language in LANGUAGES:
        values = _values(inputs, texts, language, zone, unit)
        values["words"] = entry["reason"]
        said[language] = template[language].format_map(values)
    return Line(entry["at"], "step", entry["rule_id"], entry["by"], said, inputs, {})


def _values(
    inputs: Mapping[str, Any], texts: StoryTexts, language: Language, zone: tzinfo, unit: Callable[[str], str]
) -> _Values:
    values = _Values()
    for name, value in inputs.items():
        if value is None:
            continue
        if name in _LISTS:
            values[name] = texts.word(_LISTS[name], str(value), language)
        elif name == "subcategory":
            values[name] = texts.subkind(str(inputs.get("category")), str(value), language)
        elif name == "words":
            values[name] = ", ".join(_cue(str(each), texts, language) for each in value) or "–"
        elif name.endswith("_at"):
            values[name] = _time(value, zone)
        elif name in {"from_unit", "to_unit"}:
            values[name] = unit(str(value))
        elif isinstance(value, float):
            values[name] = f"{value:.2f}"
        elif isinstance(value, list | tuple):
            values[name] = ", ".join(map(str, value)) or "–"
        elif isinstance(value, dict):
            values[name] = ", ".join(_pair(key, each, texts, language) for key, each in value.items()) or "–"
        else:
            values[name] = str(value)
    return values


def _cue(text: str, texts: StoryTexts, language: Language) -> str:
    """What a classification rests on, its codes by their names."""

    def named(code: re.Match[str]) -> str:
        first, sub = code.groups()
        found = (texts.words[words].get(first) for words in ("category", "severity", "cue"))
        name = next((name[language] for name in found if name is not None), first)
        return name if sub is None else f"{name}/{texts.subkind(first, sub, language)}"

    return _CODE.sub(named, text)


def _pair(key: str, value: Any, texts: StoryTexts, language: Language) -> str:
    """A name and what belongs to it; where that was compared, the score and its parts by name."""
    if not isinstance(value, dict):
        return f"{key} {value}"
    score = value.get("score")
    said = _parts(value, texts, language)
    return f"{key} ({said})" if score is None else f"{key} {score:g} ({said})"


def _parts(inputs: Mapping[str, Any], texts: StoryTexts, language: Language) -> str:
    """What was compared, by name, where a joining has a score."""
    named = [
        f"{name[language]} {value:g}"
        for part, name in texts.parts.items()
        if isinstance(value := inputs.get(part), int | float)
    ]
    return ", ".join(named) or "–"


def _time(value: Any, zone: tzinfo) -> str:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return f"{at.astimezone(zone):%H:%M %d/%m/%Y}"
