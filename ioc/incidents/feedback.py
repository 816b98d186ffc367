"""What citizens are told: texts as data, filled with unit, time, number of reports and words without personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from ioc.incidents.lifecycle import FINISHED
from ioc.languages import LANGUAGES, Language, Template, read_template
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import CATEGORIES, STATUSES, Category, Status

NOTED: Final[tuple[Status, ...]] = ("needs_info", "resolved", "rejected", "reopened")
"""Statuses at which an operator's words are passed on."""

_TIMELESS: Final[frozenset[Status]] = FINISHED | {"needs_info"}
"""Nothing is left to do, or the time stands still: no time is told."""
_PLACEHOLDERS: Final = frozenset({"unit", "expected", "count", "category", "place", "note", "photos", "ask"})
_ADDED: Final = ("understood", "unsure", "place", "evidence", "ask", "expected", "merged")


@dataclass(frozen=True, slots=True)
class FeedbackTexts:
    """Sentences by what they tell: the status, and what is added where there is something to add.

    Attributes:
        version: Of the file.
        statuses: What has become of the report.
        notes: Before an operator's words, by status.
        added: Further sentences, named as their tables.
        categories: What a category is called.
        zone: Whose local time is told.

    """

    version: str
    statuses: Mapping[Status, Template]
    notes: Mapping[Status, Template]
    added: Mapping[str, Template]
    categories: Mapping[Category, Template]
    zone: tzinfo

    def text(
        self,
        status: Status,
        unit: str,
        expected_at: datetime | None,
        count: int,
        *,
        note: str = "",
        photos: int = 0,
        ask: str = "",
    ) -> dict[Language, str]:
        """Sentences in every language.

        Args:
            status: Of the incident.
            unit: Name of the unit in charge.
            expected_at: When it is to be done; not told once nothing is left to do.
            count: Reports of the same happening.
            note: An operator's words, without personal data.
            photos: Number of photos of what was done.
            ask: Name of the unit that knows more, for who is rejected; empty: the unit in charge.

        """
        parts = [self.statuses[status]]
        if note and status in self.notes:
            parts.append(self.notes[status])
        if photos:
            parts.append(self.added["evidence"])
        if status == "rejected":
            parts.append(self.added["ask"])
        expected = self._expected(parts, None if status in _TIMELESS else expected_at)
        if count > 1:
            parts.append(self.added["merged"])
        values = {"expected": expected, "count": count, "unit": unit, "note": note, "photos": photos}
        return {language: _filled(parts, language, ask=ask or unit, **values) for language in LANGUAGES}

    def first(
        self, unit: str, expected_at: datetime, category: Category, place: str, *, sure: bool
    ) -> dict[Language, str]:
        """The first answer: what we understood, who is in charge, by when.

        Args:
            unit: Name of the unit in charge.
            expected_at: When it is to be done.
            category: What the report is taken for.
            place: Name of the commune; empty where none was found.
            sure: A person does not have to sort it first.

        """
        parts = [self.statuses["received"], self.added["understood" if sure else "unsure"]]
        if place:
            parts.append(self.added["place"])
        names = self.categories[category]
        expected = self._expected(parts, expected_at)
        return {
            language: _filled(parts, language, expected=expected, unit=unit, category=names[language], place=place)
            for language in LANGUAGES
        }

    def _expected(self, parts: list[Template], at: datetime | None) -> str:
        """Local time by when it is to be done, of which the parts then tell; empty where there is none."""
        if at is None:
            return ""
        parts.append(self.added["expected"])
        return local_time(at, self.zone)


def _filled(parts: Iterable[Template], language: Language, **values: object) -> str:
    return " ".join(part[language].format(**values) for part in parts)


def local_time(at: datetime, zone: tzinfo) -> str:
    """Write an instant as Vietnamese readers do: ``08:05 22/11/2026``."""
    local = at.astimezone(zone)
    return f"{local.hour:02}:{local.minute:02} {local.day:02}/{local.month:02}/{local.year}"


def load_feedback_texts(raw: bytes, zone: tzinfo, file: str = "feedback.toml") -> FeedbackTexts:
    """Read and check the templates.

    Args:
        raw: Content of the file.
        zone: Whose local time is told.
        file: Name that complaints give.

    Raises:
        ConfigError: a text is missing, or has an unknown placeholder; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    statuses, notes, categories = root.table("status"), root.table("note"), root.table("category")
    texts = FeedbackTexts(
        version=version,
        statuses={status: _template(statuses.table(status)) for status in STATUSES},
        notes={status: _template(notes.table(status)) for status in NOTED},
        added={name: _template(root.table(name)) for name in _ADDED},
        categories={category: _template(categories.table(category)) for category in CATEGORIES},
        zone=zone,
    )
    for table in (statuses, notes, categories, root):
        table.done()
    return texts


def _template(table: Table) -> Template:
    return read_template(table, _PLACEHOLDERS)
