"""What citizens are told: texts as data, filled with nothing but unit, time and number of reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from string import Formatter
from typing import Final, Literal

from ioc.incidents.lifecycle import FINISHED
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import STATUSES, Status

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")
_PLACEHOLDERS: Final = frozenset({"unit", "expected", "count"})

Template = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class FeedbackTexts:
    """Templates per status, and the sentences that are added to them."""

    version: str
    by_status: Mapping[Status, Template]
    expected: Template
    merged: Template
    zone: tzinfo

    def text(self, status: Status, unit: str, expected_at: datetime | None, count: int) -> dict[Language, str]:
        """Sentences in every language.

        Args:
            status: Of the incident.
            unit: Name of the unit in charge.
            expected_at: When it is to be done; not told once nothing is left to do.
            count: Reports of the same happening.

        """
        expected = f"{expected_at.astimezone(self.zone):%H:%M %d/%m/%Y}" if expected_at else ""
        parts = [self.by_status[status]]
        if expected and status not in FINISHED:
            parts.append(self.expected)
        if count > 1:
            parts.append(self.merged)
        return {
            language: " ".join(part[language].format(unit=unit, expected=expected, count=count) for part in parts)
            for language in LANGUAGES
        }


def load_feedback_texts(raw: bytes, zone: tzinfo, file: str = "feedback.toml") -> FeedbackTexts:
    """Read and check the templates.

    Args:
        raw: Content of the file.
        zone: Whose local time is told.
        file: Name that complaints give.

    Raises:
        ConfigError: a status has no text, or a text has an unknown placeholder; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    statuses = root.table("status")
    by_status: dict[Status, Template] = {status: _template(statuses.table(status)) for status in STATUSES}
    statuses.done()
    texts = FeedbackTexts(version, by_status, _template(root.table("expected")), _template(root.table("merged")), zone)
    root.done()
    return texts


def _template(table: Table) -> Template:
    template: dict[Language, str] = {}
    for language in LANGUAGES:
        text = table.text(language)
        try:
            names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        except ValueError as error:
            raise table.error(f"has a brace that is no placeholder: {error}", language) from error
        if unknown := sorted(names - _PLACEHOLDERS):
            raise table.error(f"has the unknown placeholder {unknown[0]!r}", language)
        template[language] = text
    table.done()
    return template
