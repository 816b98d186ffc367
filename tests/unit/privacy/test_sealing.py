"""Boxes open with their key for what they are about, and with nothing else."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.privacy import (
    Damaged,
    MasterKeys,
    MasterKeysError,
    master_keys,
    open_box,
    seal,
    sealed_header,
    split_header,
)

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NONCE = b"twelve bytes"
REF = b"sixteen bytes ref"[:16]


@given(st.binary(), st.binary())
def test_what_was_sealed_opens(plain: bytes, about: bytes) -> None:
    box = seal(KEY, plain, about, NONCE)
    assert open_box(KEY, box, about) == plain
    assert split_header(sealed_header(REF, box)) == (REF, box)


@pytest.mark.parametrize("change", ["key", "about", "bit", "cut", "empty"])
def test_what_was_changed_or_moved_does_not_open(change: str) -> None:
    box = seal(KEY, b"0912345678", b"report 1", NONCE)
    key, about = KEY, b"report 1"
    match change:
        case "key":
            key = OTHER
        case "about":
            about = b"report 2"
        case "bit":
            box = box[:-1] + bytes([box[-1] ^ 1])
        case "cut":
            box = box[:-1]
        case _:
            box = b""
    with pytest.raises(Damaged):
        open_box(key, box, about)


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x02" + REF + b"box", b"\x01" + REF])
def test_a_header_of_another_form_is_damaged(value: bytes) -> None:
    with pytest.raises(Damaged):
        split_header(value)


def test_a_key_wrapped_before_a_rotation_still_unwraps_and_shows_its_age() -> None:
    wrapped = MasterKeys([KEY]).wrap(b"k" * 32, b"name", NONCE)
    rotated = MasterKeys([OTHER, KEY])
    assert rotated.unwrap(wrapped, b"name") == b"k" * 32
    assert not rotated.is_current(wrapped)
    assert rotated.is_current(rotated.wrap(b"k" * 32, b"name", NONCE))


def test_a_wrapped_key_opens_neither_under_another_name_nor_without_its_master() -> None:
    wrapped = MasterKeys([KEY]).wrap(b"k" * 32, b"name", NONCE)
    for masters, name in ((MasterKeys([KEY]), b"other"), (MasterKeys([OTHER]), b"name")):
        with pytest.raises(Damaged):
            masters.unwrap(wrapped, name)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_master_keys_are_base64_of_either_alphabet(encode: object) -> None:
    raw = os.urandom(31) + b"\xff"
    text = encode(raw).decode()  # type: ignore[operator]
    wrapped = master_keys(text).wrap(b"k", b"n", NONCE)
    assert MasterKeys([raw]).unwrap(wrapped, b"n") == b"k"
    assert master_keys(text.rstrip("=")).is_current(wrapped)


@pytest.mark.parametrize("text", ["", "no base64 at all!", base64.b64encode(bytes(31)).decode(), "ñ" * 44])
def test_a_weak_master_key_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(MasterKeysError) as refused:
        master_keys(text)
    assert not text or text not in str(refused.value)


def test_a_master_key_stands_in_the_list_once() -> None:
    with pytest.raises(MasterKeysError, match="twice"):
        MasterKeys([KEY, OTHER, KEY])
