from __future__ import annotations

import time

import pytest

from ioc.alertmanager import read_filter, read_pattern

LABELS = {"severity": "critical", "centre": "north", "note": 'a "b", c'}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('severity="critical"', True),
        ("severity=critical", True),
        (" severity = critical ", True),
        ("severity!=critical", False),
        ('severity=~"crit.*|high"', True),
        ('severity=~"crit"', False),
        ('severity!~"crit"', True),
        ('absent=""', True),
        ('absent!=""', False),
        ('absent=~".+"', False),
        ('note="a \\"b\\", c"', True),
        ('{severity="critical", centre!="south"}', True),
        ('severity="critical",centre="south"', False),
        ("{}", True),
    ],
)
def test_a_filter_means_what_it_means_to_alertmanager(text: str, fits: bool) -> None:
    assert all(matcher.fits(LABELS) for matcher in read_filter([text])) is fits


@pytest.mark.parametrize(
    "text", ["severity", "=x", "1a=b", 'a="b', 'a=b"c', 'a="b"c"', 'a=~"("', "a" * 501, 'a=~"' + "x" * 600 + '"']
)
def test_what_is_no_filter_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_filter([text])


@pytest.mark.parametrize("text", ["(a+)+", "(a*)*b", "(x|y+){3,}", "(a{1,}b)*", ".*.*.*.*", "a+a+a+a+b"])
def test_an_expression_that_could_take_for_ever_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="repeats"):
        read_pattern(text)


@pytest.mark.parametrize("text", [".*a.*b.*", "[*+]+x", r"\++", "(a|b)+", "north|south", "22-.*-20261122-.+"])
def test_an_ordinary_expression_is_taken_and_is_quick(text: str) -> None:
    began = time.perf_counter()
    read_pattern(text).fullmatch("a" * 200)
    assert time.perf_counter() - began < 0.5
