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
    """Templates by status, whether a time is told, and whether there are several reports."""

    version: str
    templates: Mapping[tuple[Status, bool, bool], Template]
    zone: tzinfo

    def text(self, status: Status, unit: str, expected_at: datetime | None, count: int) -> dict[Language, str]:
        """Sentences in every language.

        Args:
            status: Of the incident.
            unit: Name of the unit in charge.
            expected_at: When it is to be done; not told once nothing is left to do.
            count: Reports of the same happening.

        """
        expected = ""
        if expected_at is not None and status not in FINISHED:
            expected = local_time(expected_at, self.zone)
        template = self.templates[status, bool(expected), count > 1]
        return {language: text.format(unit=unit, expected=expected, count=count) for language, text in template.items()}


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
        ConfigError: a status has no text, or a text has an unknown placeholder; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    statuses = root.table("status")
    by_status = {status: _template(statuses.table(status)) for status in STATUSES}
    statuses.done()
    expected, merged = _template(root.table("expected")), _template(root.table("merged"))
    root.done()
    templates = {
        (status, timed, several): _joined(text, expected if timed else None, merged if several else None)
        for status, text in by_status.items()
        for timed in (False, True)
        for several in (False, True)
    }
    return FeedbackTexts(version, templates, zone)


def _joined(*parts: Template | None) -> Template:
    return {language: " ".join(part[language] for part in parts if part) for language in LANGUAGES}


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
