"""Where a report is: its position, else the address that was given with it, else what its text says."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ioc.catalog import MAX_ACCURACY_M, Catalogue, Location
from ioc.events import Report
from ioc.text.normalise import Normalised
from ioc.vocabulary import UNLOCATED_COMMUNE


class Whereabouts(NamedTuple):
    """The place that counts, and what the address alone says, for whoever has to check."""

    place: Location
    address_commune: str | None


def whereabouts(catalogue: Catalogue, report: Report, text: Normalised) -> Whereabouts:
    """Locate a report.

    A usable position decides. Without one, an address decides before the text: it was asked for where it is, while a
    text names much else. What the text says alone is kept as ``text_commune`` wherever something else decided. An
    address that may be in several places ("số 3 đường …") and a text narrow each other.

    Args:
        catalogue: The province.
        report: Its position, accuracy and address.
        text: What was written, normalised.

    """
    place = catalogue.locate(report.lat, report.lon, report.accuracy_m, text)
    if not report.address:
        return Whereabouts(place, None)
    addressed = catalogue.locate(text=report.address)
    said = _commune(addressed)
    if place.by not in {"text", "none"} and not (said and _is_rough(report)):
        return Whereabouts(place, said)
    if said is not None:
        alone = place.text_commune if place.by not in {"text", "none"} else _commune(place)
        return Whereabouts(replace(addressed, text_commune=alone), said)
    if addressed.place is None:
        return Whereabouts(place, None)
    together = catalogue.locate(text=f"{report.address}\n{text.original}")
    if place.place is None or _commune(together) is not None:
        return Whereabouts(replace(together, text_commune=_commune(place)), None)
    return Whereabouts(place, None)


def _commune(location: Location) -> str | None:
    return None if location.commune == UNLOCATED_COMMUNE else location.commune


def _is_rough(report: Report) -> bool:
    return report.accuracy_m is not None and report.accuracy_m > MAX_ACCURACY_M
