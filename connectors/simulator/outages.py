"""Which base stations a storm takes, when and why: a plan that follows from the seed alone.

Typhoon Yagi (7 September 2024) took more than 1,200 of the province's 2,649 sites, by loss of power and by cut fibre.
The two look different from outside: without mains, sites of all operators of an area die one after another as their
batteries end; a cut takes all sites of one operator behind it at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from connectors.simulator.province import Site

LOST_SHARE: Final = 1_240 / 2_649
"""Share of the sites that is lost: "more than 1,200" of 2,649."""
_FIBRE_SHARE: Final = 0.2
"""Share of the lost that hangs behind cut fibre (made; power was the dominant cause)."""
_CUTS_WITHIN_S: Final = 4 * 3600.0
_GRID_FROM_S: Final = -3_600.0
_GRID_WITHIN_S: Final = 4 * 3600.0
"""Mains fail from an hour before the first loss on; cuts and failures are spread over the storm (made)."""
_FIBRE_DOWN_S: Final = (4 * 3600.0, 8 * 3600.0)
_GRID_DOWN_S: Final = (7 * 3600.0, 11 * 3600.0)
"""How long it takes to restore; in 2024 it took days, here hours (made)."""
_AT_ONCE_S: Final = 15.0
"""Within so long the manager sees all sites behind a cut fail."""
_SAID_SHARE: Final = 0.75
"""Lost sites of which the operator's manager says so; of the others nothing is heard any more (made)."""

Cause = Literal["fibre", "power"]


@dataclass(frozen=True, slots=True)
class Loss:
    """One lost site.

    Attributes:
        site: Its place in the province's list.
        at_s: When it was lost, seconds of the scenario.
        back_s: When it is back.
        cause: Why.
        since_s: When the mains failed or the fibre was cut.
        said: Whether anybody says that it is lost; else it is only silent.

    """

    site: int
    at_s: float
    back_s: float
    cause: Cause
    since_s: float
    said: bool


@dataclass(frozen=True, slots=True)
class Outage:
    """One common cause: a cut (``where``: transmission node) or mains that failed (``where``: commune).

    Attributes:
        cause: Which of the two.
        where: See above.
        at_s: When it began, ``back_s`` when it was mended.
        back_s: See ``at_s``.
        sites: Those that are lost by it.
        without_mains: Those that say so, also where batteries or generators keep them alive.

    """

    cause: Cause
    where: str
    at_s: float
    back_s: float
    sites: tuple[int, ...]
    without_mains: tuple[int, ...] = ()


def plan_outages(sites: Sequence[Site], storm_s: float, random: Random) -> tuple[list[Loss], list[Outage]]:
    """Take cuts, then failures of the mains, until enough sites are lost; the first one at ``storm_s``.

    A site is lost once. Losses are in order of time.
    """
    wanted = round(len(sites) * LOST_SHARE)
    losses: dict[int, Loss] = {}
    outages: list[Outage] = []
    for node, members in _shuffled(_by(sites, "upstream"), random):
        if len(losses) >= wanted * _FIBRE_SHARE:
            break
        at_s = storm_s + random.uniform(0, _CUTS_WITHIN_S) * bool(outages)
        back_s = at_s + random.uniform(*_FIBRE_DOWN_S)
        for site in members:
            lost_s = at_s + random.uniform(0, _AT_ONCE_S)
            losses[site] = Loss(site, lost_s, back_s + random.uniform(0, 60), "fibre", at_s, _said(random))
        outages.append(Outage("fibre", node, at_s, back_s, tuple(members)))
    for commune, members in _shuffled(_by(sites, "commune"), random):
        if len(losses) >= wanted:
            break
        at_s = storm_s + random.uniform(_GRID_FROM_S, _GRID_WITHIN_S)
        back_s = at_s + random.uniform(*_GRID_DOWN_S)
        dying = [
            site for site in members if site not in losses and storm_s <= at_s + sites[site].battery_s < back_s - 600
        ]
        for site in dying:
            lost_s = at_s + sites[site].battery_s
            losses[site] = Loss(site, lost_s, back_s + random.uniform(30, 900), "power", at_s, _said(random))
        if dying:
            heard = tuple(site for site in members if site in dying or site not in losses)
            outages.append(Outage("power", commune, at_s, back_s, tuple(dying), heard))
    return sorted(losses.values(), key=lambda loss: (loss.at_s, loss.site)), outages


def _said(random: Random) -> bool:
    return random.random() < _SAID_SHARE


def _by(sites: Sequence[Site], what: Literal["upstream", "commune"]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, site in enumerate(sites):
        found.setdefault(site.upstream if what == "upstream" else site.device.place.commune, []).append(number)
    return found


def _shuffled(groups: dict[str, list[int]], random: Random) -> list[tuple[str, list[int]]]:
    found = sorted(groups.items())
    random.shuffle(found)
    return found
