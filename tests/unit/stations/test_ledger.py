"""The watcher's memory, on a real disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.stations.files import Found, Signature
from connectors.stations.ledger import Ledger, LedgerError
from ioc.stations import Key

FILE = Found("a/b.txt", Signature(10, 20, 30))
KEYS = [Key("s", 100, "ph"), Key("s", 100, "tss"), Key("s", 400, "ph"), Key("trạm", 100, "ph")]


def test_a_batch_counts_when_it_is_finished_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger(path)
    number = ledger.begin(KEYS, [(FILE, "done/x/a/b.txt")], 1000)
    assert ledger.known(KEYS) == set()
    assert ledger.mark(FILE.path) is None
    ledger.close()
    ledger = Ledger(path)
    assert ledger.pending() == number
    ledger.finish(number)
    ledger.close()
    ledger = Ledger(path)
    assert ledger.pending() is None
    assert ledger.known([*KEYS, Key("s", 400, "tss")]) == set(KEYS)
    mark = ledger.mark(FILE.path)
    assert mark is not None
    assert (mark.signature, mark.shelf, mark.noted_s) == (FILE.signature, "done/x/a/b.txt", 1000)
    ledger.close()


def test_a_batch_that_is_abandoned_leaves_nothing_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    first = ledger.begin(KEYS, [(FILE, "x")], 0)
    ledger.abandon(first)
    assert ledger.pending() is None
    assert ledger.known(KEYS) == set()
    assert ledger.begin([], [], 0) > first
    ledger.close()


def test_quantities_of_one_moment_may_come_in_several_files(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    for key in KEYS:
        ledger.finish(ledger.begin([key], [], 0))
    assert ledger.known(KEYS) == set(KEYS)
    ledger.close()


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.finish(ledger.begin(KEYS[:1], [], 1000))
    ledger.finish(ledger.begin(KEYS[2:3], [], 2000))
    assert ledger.prune(2000) == 1
    assert ledger.known(KEYS) == {KEYS[2]}
    ledger.close()


def test_names_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    file = Found(os.fsdecode(b"\xff\xfe.txt"), FILE.signature)
    ledger.finish(ledger.begin([], [(file, os.fsdecode(b"done/\xff.txt"))], 0))
    ledger.close()
    again = Ledger(tmp_path / "ledger.db")
    assert list(again.marks()) == [file.path]
    again.forget([file.path])
    assert again.marks() == {}
    again.close()


@pytest.mark.parametrize("content", [b"this is no database at all, whatever it is" * 200, None])
def test_a_file_that_is_no_ledger_is_told(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match="move it away to begin anew"):
        Ledger(path)


@settings(deadline=None, max_examples=40)
@given(
    batches=st.lists(
        st.tuples(
            st.lists(st.builds(Key, st.sampled_from("ab"), st.integers(0, 2), st.sampled_from("xy"))), st.booleans()
        ),
        max_size=8,
    )
)
def test_it_knows_what_was_finished_and_nothing_else(
    batches: list[tuple[list[Key], bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.db")
    expected: set[Key] = set()
    for keys, reached in batches:
        number = ledger.begin(keys, [], 0)
        if reached:
            ledger.finish(number)
            expected |= set(keys)
        else:
            ledger.abandon(number)
    everything = [Key(station, at_s, metric) for station in "ab" for at_s in range(3) for metric in "xy"]
    assert ledger.known(everything) == expected
    ledger.close()
