"""From the names in a text to communes with probabilities: the most specific evidence first.

Names that agree narrow each other and raise the confidence; names that disagree stay side by side as candidates, unless
one of them says more than the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ioc.catalog.names import Mention

_RELIABILITY: Final = (0.7, 0.8, 0.9)
"""Of a name that is bare, after a word of place, with its unit word: by ``Mention.strength`` (engineering choice)."""

_UNMARKED: Final = 0.9
"""A name without its marks counts so much of one with them."""

_SECOND: Final = 0.5
"""How much of a second name's reliability is new evidence: both come from one writer."""

_CLEAR_CENTRE: Final = 0.75
"""Share of the candidates' weight from which they mean one centre."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a text says about where: communes with confidences (sum below 1), the best first.

    ``clear``: they belong to one centre as good as surely. ``only_road``: nothing but roads of several centres.
    """

    candidates: tuple[tuple[str, float], ...]
    mention: Mention
    clear: bool
    only_road: bool


def weigh(mentions: Sequence[Mention], centre_of: Mapping[str, str]) -> Spoken | None:
    """Weigh the mentions of a text; ``None`` without any.

    Args:
        mentions: In the order of the text.
        centre_of: Centre by commune code.

    """
    if not mentions:
        return None
    ranked = sorted(mentions, key=_rank, reverse=True) if len(mentions) > 1 else mentions
    best = ranked[0]
    shares = dict(best.sense.shares)
    doubt = 1 - _reliability(best)
    named = best
    for mention in ranked[1:]:
        if mention.sense is best.sense:
            continue
        other = dict(mention.sense.shares)
        shared = shares.keys() & other.keys()
        if shared:
            total = sum(shares[code] * other[code] for code in shared)
            agreeing = {code: shares[code] * other[code] / total for code in shares if code in shared}
            if len(shares) > 1 and len(mention.sense.shares) < len(named.sense.shares):
                named = mention
            shares = agreeing
            doubt *= 1 - _SECOND * _reliability(mention)
        elif _rank(mention) == _rank(best):
            for code, share in other.items():
                shares[code] = shares.get(code, 0.0) + share
    total = sum(shares.values())
    sure = (1 - doubt) / total
    order = sorted(shares.items(), key=lambda item: -item[1])
    candidates = tuple((code, int(share * sure * 1000) / 1000) for code, share in order)
    weight: dict[str, float] = {}
    for code, share in order:
        weight[centre_of[code]] = weight.get(centre_of[code], 0.0) + share
    clear = weight[centre_of[order[0][0]]] >= _CLEAR_CENTRE * total
    return Spoken(candidates, named, clear, only_road=not clear and all(_is_long_road(each) for each in mentions))


def _rank(mention: Mention) -> int:
    """How much a mention says: a road of several centres least, then districts, then by what stands around a name."""
    if _is_long_road(mention):
        return -4
    if mention.sense.area:
        return -3
    return mention.strength - 3 * mention.aside


def _is_long_road(mention: Mention) -> bool:
    return mention.sense.road and mention.sense.area


def _reliability(mention: Mention) -> float:
    return _RELIABILITY[mention.strength] * (1.0 if mention.marked else _UNMARKED)
