"""Pseudonyms: stable per person and key, silent about both."""

from __future__ import annotations

import pytest

from ioc.classify import key_id, pseudonym

KEY = b"0123456789abcdef"


def test_the_same_person_is_the_same_word() -> None:
    assert pseudonym(KEY, "app", "user-1") == pseudonym(KEY, "app", "user-1")
    spellings = ["0912345678", "+84 912 345 678", "84912345678", "0912.345.678", " 0912-345-678 "]
    assert len({pseudonym(KEY, "app", spelling) for spelling in spellings}) == 1


def test_other_people_sources_and_keys_give_other_words() -> None:
    words = {
        pseudonym(KEY, "app", "user-1"),
        pseudonym(KEY, "app", "user-2"),
        pseudonym(KEY, "portal", "user-1"),
        pseudonym(KEY[::-1], "app", "user-1"),
    }
    assert len(words) == 4


def test_a_pseudonym_tells_its_key_apart_after_a_rotation() -> None:
    assert pseudonym(KEY, "app", "user-1").startswith(key_id(KEY) + "-")
    assert key_id(KEY) != key_id(KEY[::-1])


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 16 bytes"):
        pseudonym(b"short", "app", "user-1")
