"""Pseudonyms: stable per person and key, silent about both."""

from __future__ import annotations

import pytest

from ioc.classify import key_id, pseudonym
from ioc.classify.pseudonym import Pseudonyms, is_pseudonym

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


KEYS = (KEY, b"a second key, put in use later", b"a third key, put in use last")


def test_with_one_key_pseudonyms_are_what_they_were() -> None:
    assert Pseudonyms([KEY]).of("app", "user-1") == pseudonym(KEY, "app", "user-1")


def test_a_rotation_makes_new_words_that_tell_their_key() -> None:
    words = Pseudonyms(KEYS).under_each("app", "user-1")
    assert len({word.partition("-")[0] for word in words}) == len({*words}) == 3
    assert all(is_pseudonym(word) for word in words)
    assert words[-1] == Pseudonyms(KEYS).of("app", "user-1")
    assert words[:2] == Pseudonyms(KEYS[:2]).under_each("app", "user-1")


@pytest.mark.parametrize("before", [1, 2, 3])
def test_a_word_of_before_is_carried_over_without_knowing_the_person(before: int) -> None:
    now = Pseudonyms(KEYS)
    old = Pseudonyms(KEYS[:before]).of("app", "0912 345 678")
    assert now.renewed(old) == now.of("app", "+84912345678")
    assert now.renewed(now.renewed(old)) == now.renewed(old)


def test_a_word_under_a_key_that_is_not_known_stays_as_it_is() -> None:
    strange = pseudonym(b"somebody else's key, not ours", "app", "user-1")
    assert Pseudonyms(KEYS).renewed(strange) == strange


def test_a_leaked_key_does_not_make_the_words_of_the_next() -> None:
    leaked = Pseudonyms(KEYS[:1]).of("app", "user-1")
    others = (KEYS[0], b"a guess at the second key")
    assert Pseudonyms(KEYS[:2]).renewed(leaked) != Pseudonyms(others).renewed(leaked)


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, b"short"], [KEY, KEYS[1], KEY]])
def test_keys_that_protect_nobody_are_refused_without_being_told(keys: list[bytes]) -> None:
    with pytest.raises(ValueError) as refused:
        Pseudonyms(keys)
    assert not any(key.decode() in str(refused.value) for key in keys if len(key) > 8)
