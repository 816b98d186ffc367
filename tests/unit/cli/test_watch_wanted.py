from __future__ import annotations

import pytest

from connectors.cli.feed import Wanted

ALERT = {
    "centre": "north",
    "severity": "high",
    "category": "traffic",
    "reason": "opened",
    "commune": "06685",
    "unit": "csgt",
}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(centres=("south", "north")), True),
        (Wanted(centres=("south",)), False),
        (Wanted(severities=("high",), categories=("traffic",), reasons=("opened",)), True),
        (Wanted(reasons=("resolved",)), False),
        (Wanted(communes=("06685",), units=("csgt",)), True),
        (Wanted(units=("so-xd",)), False),
    ],
)
def test_every_filter_has_to_fit(wanted: Wanted, fits: bool) -> None:
    assert wanted.among(ALERT) is fits


def test_what_is_not_asked_for_is_no_filter() -> None:
    assert Wanted(severities=("low",), units=("a", "b")).filters == {"severity": ("low",), "unit": ("a", "b")}
