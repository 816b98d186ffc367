"""The words of a text with what lies beside and over them: names of places, phone numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from ioc.classify.personal import Span
from ioc.classify.words import Words

_NEAR: Final = 30
"""Characters between a name and the phone number that it belongs to."""
_CONTACT_BETWEEN: Final = re.compile(
    r"\W{0,4}(?:(?:sdt|dt|so|phone|tel|zalo|so dt|at|mobile|email|mail|dien thoai|gap|ten|cua|la|chu may|anh|chi"
    r"|ong|ba|co|chu"
    r"|em|ban|so may|di dong|lien he|hoac)\W{1,3}){0,3}"
)


class Surroundings:
    """The words of a text with what lies beside and over them."""

    def __init__(
        self, words: Words, public: Callable[[], Sequence[tuple[int, int]]], contacts: Sequence[Span], plain: str
    ) -> None:
        self.words = words
        self._find_public = public
        self._public: Sequence[tuple[int, int]] | None = None
        self._contacts = contacts
        self._plain = plain

    @property
    def has_contacts(self) -> bool:
        """Whether the text has a phone number or an e-mail address."""
        return bool(self._contacts)

    def is_public(self, begin: int, end: int) -> bool:
        """Whether the words touch the name of a place or of somebody of history."""
        places = self._names_of_places()
        if not places:
            return False
        start, stop = self.words.start(begin), self.words.end(end - 1)
        return any(first < stop and start < last for first, last in places)

    def is_covered(self, begin: int, end: int) -> bool:
        """Whether the words are all in one such name."""
        places = self._names_of_places()
        if not places:
            return False
        start, stop = self.words.start(begin), self.words.end(end - 1)
        return any(first <= start and stop <= last for first, last in places)

    def _names_of_places(self) -> Sequence[tuple[int, int]]:
        if self._public is None:
            self._public = self._find_public()
        return self._public

    def is_near(self, begin: int, end: int) -> bool:
        """Whether a phone number or an e-mail address stands right before or behind."""
        if not self._contacts:
            return False
        start, stop = self.words.start(begin), self.words.end(end - 1)
        for contact in self._contacts:
            if stop <= contact.start <= stop + _NEAR and _CONTACT_BETWEEN.fullmatch(self._plain, stop, contact.start):
                return True
            if contact.end <= start <= contact.end + _NEAR and _CONTACT_BETWEEN.fullmatch(
                self._plain, contact.end, start
            ):
                return True
        return False
