"""The sentences of the story: templates by kind of decision and rule, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ioc.kinds import shipped_kinds
from ioc.languages import Language, Template, read_template
from ioc.tomlfile import Table, read_toml

_WORDS: Final = ("category", "severity", "source", "status", "action", "reason", "receiver", "cue")
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class StoryTexts:
    """Sentences and words.

    Attributes:
        version: Of the file.
        sentences: By kind, then by rule id; ``*`` is every other rule of the kind.
        words: By list (``category``, ``severity`` …), then by code.
        parts: Of a score: names of what was compared.

    """

    version: str
    sentences: Mapping[str, Mapping[str, Template]]
    words: Mapping[str, Mapping[str, Template]]
    parts: Mapping[str, Template]

    def sentence(self, kind: str, rule_id: str) -> Template | None:
        """Template of a decision: of its rule, else of its kind."""
        rules = self.sentences.get(kind, {})
        return rules.get(rule_id) or rules.get(_ANY)

    def word(self, words: str, code: str, language: Language) -> str:
        """What a code is called; the code itself where it has no name."""
        name = self.words[words].get(code)
        return name[language] if name else code

    def subkind(self, category: str, subcategory: str, language: Language) -> str:
        """What a subcategory is called within a sentence; the code itself where it has no name."""
        kind = shipped_kinds().get(category)
        sub = kind.kinds.get(subcategory) if kind is not None else None
        return sub.name[language][:1].lower() + sub.name[language][1:] if sub is not None else subcategory


def load_story_texts(raw: bytes, file: str = "story.toml") -> StoryTexts:
    """Read and check the templates.

    Raises:
        ConfigError: a text is missing or has a brace that is no placeholder; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    sentences = root.table("sentence")
    kinds = {kind: _templates(sentences.table(kind)) for kind in [*sentences.keys()]}
    words = {name: _templates(root.table(name)) for name in _WORDS}
    parts = _templates(root.table("part"))
    sentences.done()
    root.done()
    return StoryTexts(version, kinds, words, parts)


@cache
def shipped_story_texts() -> StoryTexts:
    """The sentences that come with the package."""
    return load_story_texts((files("ioc.story") / "data" / "story.toml").read_bytes())


def _templates(table: Table) -> dict[str, Template]:
    found = {name: read_template(table.table(name)) for name in [*table.keys()]}
    table.done()
    return found
