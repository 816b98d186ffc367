"""Who is meant by what an administrator types: an id, phone or e-mail as the backend sends it, or a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.vault import Entry, Registry
from ioc.classify.pseudonym import Pseudonyms, is_pseudonym
from ioc.privacy.personal import searched


@dataclass(frozen=True, slots=True)
class Person:
    """What was typed.

    Attributes:
        word: As it was typed; personal unless it is a pseudonym.
        source: The publisher, where one was named.
        pseudonyms: With the keys of this installation.

    """

    word: str
    source: str | None
    pseudonyms: Pseudonyms

    @property
    def is_pseudonym(self) -> bool:
        return is_pseudonym(self.word)

    def entries(self, registry: Registry) -> list[Entry]:
        """Whom the vault knows by it.

        Raises:
            ioc.privacy.VaultError: the vault cannot be read.

        """
        if self.is_pseudonym:
            wanted = self.pseudonyms.renewed(self.word)
            found = registry.find_pseudonym(lambda source, name: self.pseudonyms.of(source, name) == wanted)
        else:
            found = registry.find(self.word, self._sources(registry.sources()))
        return [entry for entry in found if self.source in {None, entry.source}]

    def words(self, entry: Entry) -> list[str]:
        """Pseudonyms of an entry under every key, the oldest first; none where only its key would tell."""
        if entry.name:
            return self.pseudonyms.under_each(entry.source, entry.name)
        return []

    def means(self, publisher: str, report: Mapping[str, Any]) -> bool:
        """Whether a report in clear, of whatever form, is this person's."""
        if self.source not in {None, publisher}:
            return False
        reporter = report.get("reporter")
        given = reporter if isinstance(reporter, dict) else {}
        known = [given[name].strip() for name in ("id", "phone", "email") if isinstance(given.get(name), str)]
        known = [word for word in known if word]
        if self.is_pseudonym:
            return bool(known) and self.pseudonyms.of(publisher, known[0]) == self.pseudonyms.renewed(self.word)
        return searched(self.word) in map(searched, known) or (not known and report.get("id") == self.word)

    def _sources(self, known: Sequence[str]) -> Sequence[str]:
        return known if self.source is None else [self.source]
