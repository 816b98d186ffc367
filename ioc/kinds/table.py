"""The table of names: read and checked at load, asked by whoever speaks to other systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from ioc.languages import Language, Template, read_template
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import CATEGORIES, Category

KINDS_FILE: Final = "kinds.toml"


@dataclass(frozen=True, slots=True)
class Subkind:
    """A subcategory.

    Attributes:
        code: As in records.
        name: In every language.
        public: Whether single reports of it are shown to everybody.
        offered: Whether citizens are given it to choose.

    """

    code: str
    name: Template
    public: bool
    offered: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A category; attributes as of :class:`Subkind`.

    Attributes:
        code: As in records.
        name: In every language.
        about: What belongs to it.
        keywords: Words that people look for, of all languages together.
        public: What holds for subcategories that say nothing else, and for those that are not in the table.
        kinds: Subcategories by code.

    """

    code: Category
    name: Template
    about: Template
    keywords: tuple[str, ...]
    public: bool
    kinds: Mapping[str, Subkind]


class Kinds:
    """All categories in the order of the vocabulary."""

    def __init__(self, version: str, kinds: Mapping[str, Kind]) -> None:
        self.version = version
        self._kinds = kinds

    @property
    def all(self) -> tuple[Kind, ...]:
        """Every category."""
        return tuple(self._kinds.values())

    def get(self, category: str) -> Kind | None:
        """A category by its code; none: there is none of it."""
        return self._kinds.get(category)

    def name(self, category: str, subcategory: str, language: Language) -> str:
        """What something is called: by its subcategory, else by its category, else by the code that it came with."""
        kind = self._kinds.get(category)
        if kind is None:
            return category
        sub = kind.kinds.get(subcategory)
        return (sub.name if sub is not None else kind.name)[language]

    def public(self, category: str, subcategory: str) -> bool:
        """Whether single reports may be shown to everybody; what is not known may not."""
        kind = self._kinds.get(category)
        if kind is None:
            return False
        sub = kind.kinds.get(subcategory)
        return sub.public if sub is not None else kind.public

    def hidden(self) -> tuple[tuple[str, str], ...]:
        """Category and subcategory of what the table names and may not be shown; an empty one: the whole category."""
        whole = [(kind.code, "") for kind in self.all if not kind.public]
        single = [
            (kind.code, sub.code) for kind in self.all if kind.public for sub in kind.kinds.values() if not sub.public
        ]
        return (*whole, *single)


def load_kinds(raw: bytes, file: str = KINDS_FILE) -> Kinds:
    """Read and check a table.

    Args:
        raw: Content of the file.
        file: Name that complaints give.

    Raises:
        ConfigError: something is missing or unknown; names file, line and key.

    """
    root = read_toml(raw, file)
    version, categories = root.text("version"), root.table("category")
    kinds: dict[str, Kind] = {code: _kind(code, categories.table(code)) for code in CATEGORIES}
    categories.done()
    root.done()
    return Kinds(version, kinds)


@cache
def shipped_kinds() -> Kinds:
    """The table that comes with the package."""
    return load_kinds((resources.files("ioc.kinds") / "data" / KINDS_FILE).read_bytes())


def _kind(code: Category, table: Table) -> Kind:
    public = table.flag("public", default=True)
    parts = table.table("kinds")
    subs = {name: _subkind(name, parts.table(name), public=public) for name in parts.keys()}  # noqa: SIM118 - no dict
    name: Template = {"vi": table.text("vi"), "en": table.text("en")}
    kind = Kind(code, name, read_template(table.table("about"), ()), table.texts("keywords"), public, subs)
    table.done()
    return kind


def _subkind(code: str, table: Table, *, public: bool) -> Subkind:
    name: Template = {"vi": table.text("vi"), "en": table.text("en")}
    # What a category hides none of its parts shows.
    shown = table.flag("public", default=public) and public
    sub = Subkind(code, name, shown, table.flag("offered", default=True))
    table.done()
    return sub
