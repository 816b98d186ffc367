from __future__ import annotations

import pytest

from connectors.cli.keyboard import Keys


def pressed(*pieces: bytes, settle: bool = True) -> list[str]:
    found: list[str] = []
    keys = Keys(found.append)
    for piece in pieces:
        keys.feed(piece)
    if settle:
        keys.settle()
    return found


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (b"ja?", ["j", "a", "?"]),
        (b"\x1b[A\x1b[B", ["up", "down"]),
        (b"\x1bOA\x1bOB", ["up", "down"]),
        (b"\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~", ["page up", "page down", "home", "end", "home", "end"]),
        (b"\r\n\x7f\x15", ["enter", "enter", "backspace", "clear"]),
        ("đã gọi".encode(), list("đã gọi")),
        (b"\x1b[1;5Cx", ["x"]),
        (b"\x01\x02", []),
        (b"\xff", ["\ufffd"]),
    ],
)
def test_keys_have_names(sent: bytes, names: list[str]) -> None:
    assert pressed(sent) == names


def test_sequences_and_letters_may_come_in_pieces() -> None:
    assert pressed(b"\x1b", b"[", b"5", b"~", "ế".encode()[:1], "ế".encode()[1:]) == ["page up", "ế"]


def test_an_escape_alone_is_a_key_once_nothing_follows() -> None:
    assert pressed(b"\x1b", settle=False) == []
    assert pressed(b"\x1b") == ["escape"]
    assert pressed(b"\x1b[") == [], "the rest of a sequence was lost"
