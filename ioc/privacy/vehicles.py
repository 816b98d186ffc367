"""Vehicles at border gates as keyed pseudonyms: the same one for as long as a trip takes, and never a plate again.

Unlike a camera's plate, a vehicle is followed from its declaration to its crossing, which may take weeks in a jam: a
key that changes by itself would tear trips apart. So these are pseudonyms like those of reporters. Their keys are
rotated by an administrator, and whoever has the keys carries them over.
"""

from __future__ import annotations

from typing import Final

from ioc.classify.pseudonym import Pseudonyms, is_pseudonym

_VEHICLES: Final = "urn:ioc:vehicle"
"""Stands for the publisher: a plate is one vehicle whoever sends it."""


class Vehicles:
    """Pseudonyms of vehicles, the same at the edges and at intake.

    Args:
        pseudonyms: Keys.

    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def of(self, reference: str) -> str:
        """Pseudonym under the key in use: of a plate in any spelling, another reference, or an older pseudonym."""
        if is_pseudonym(reference):
            return self._pseudonyms.renewed(reference)
        return self._pseudonyms.of(_VEHICLES, spelled(reference))

    def renewed(self, word: str) -> str:
        """The same vehicle's pseudonym under the key in use."""
        return self._pseudonyms.renewed(word)


def spelled(vehicle_ref: str) -> str:
    """A vehicle's reference without what spellings of a plate differ in.

    >>> spelled("14c-123.45") == spelled("14C 12345")
    True
    """
    return "".join(filter(str.isalnum, vehicle_ref)).upper() or vehicle_ref
