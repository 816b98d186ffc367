"""Languages that people are told things in, and sentences as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter
from typing import Final, Literal

from ioc.tomlfile import Table

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")

Template = Mapping[Language, str]
"""One sentence in every language, with placeholders in braces."""


def read_template(table: Table, placeholders: Collection[str] | None = None) -> Template:
    """Read and check a sentence.

    Args:
        table: Has a text for each language, and nothing else.
        placeholders: Those that it may have; none: any.

    Raises:
        ConfigError: a text is missing, or has a brace or placeholder that it may not have.

    """
    template: dict[Language, str] = {}
    for language in LANGUAGES:
        text = table.text(language)
        try:
            names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        except ValueError as error:
            raise table.error(f"has a brace that is no placeholder: {error}", language) from error
        if placeholders is not None and (unknown := sorted(names - {*placeholders})):
            raise table.error(f"has the unknown placeholder {unknown[0]!r}", language)
        template[language] = text
    table.done()
    return template
