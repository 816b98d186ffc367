"""What this machine keeps of the audit: chains that only move on with their transaction, entries that wait."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from connectors.audit import Chains, Pending, act
from connectors.audit.chains import anchors
from ioc.audit import Entry, read_link


def entries(*actors: str) -> list[Entry]:
    return [act(actor, "x", "y") for actor in actors]


def numbers(records: list[tuple[bytes, bytes]]) -> list[tuple[str, int]]:
    links = [read_link(value) for _, value in records]
    return [(link.actor, link.seq) for link in links if link is not None]


def test_what_was_not_committed_leaves_no_gap(tmp_path: Path) -> None:
    chains = Chains.claim(tmp_path, "cli")
    chains.draw(entries("an"))
    chains.committed([(3, 8)])
    lost = chains.draw(entries("an", "an", "binh"))
    assert numbers(lost) == [("an", 2), ("an", 3), ("binh", 1)]
    chains.undo()
    kept = chains.draw(entries("an"))
    assert numbers(kept) == [("an", 2)]
    assert chains.offsets == {3: 8}


def test_heads_are_kept_and_read_again(tmp_path: Path) -> None:
    chains = Chains.claim(tmp_path, "cli")
    (record,) = chains.draw(entries("an"))
    assert not chains.save()
    chains.committed()
    assert chains.save()
    assert not chains.save()
    chains.release()
    (anchor,) = anchors(tmp_path)
    link = read_link(record[1])
    assert link is not None
    assert (anchor.chain, anchor.actor, anchor.head) == (chains.writer, "an", link.head)
    again = Chains.claim(tmp_path, "cli")
    assert again.writer == chains.writer
    assert numbers(again.draw(entries("an"))) == [("an", 2)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_what_the_topic_has_beyond_the_file_is_taken_up(tmp_path: Path) -> None:
    before = Chains.of(tmp_path, "gateway-1")
    written = before.draw(entries("an", "an", "an"))  # committed, and then the process was killed
    after = Chains.of(tmp_path, "gateway-1")
    for offset, (_, value) in enumerate(written):
        after.saw(0, offset, value)
    after.saw(0, 3, b"{}")
    other = Chains.of(tmp_path, "gateway-2")
    after.saw(0, 4, other.draw(entries("an"))[0][1])
    assert numbers(after.draw(entries("an"))) == [("an", 4)]
    assert after.offsets == {0: 5}


def test_two_at_a_time_are_two_writers(tmp_path: Path) -> None:
    first, second = Chains.claim(tmp_path, "cli"), Chains.claim(tmp_path, "cli")
    assert first.writer != second.writer
    name = first.writer
    first.release()
    assert Chains.claim(tmp_path, "cli").writer == name


def test_heads_that_cannot_be_read_begin_another_writer(tmp_path: Path) -> None:
    first = Chains.claim(tmp_path, "cli")
    first.release()
    (tmp_path / "cli-0.json").write_text("{")
    second = Chains.claim(tmp_path, "cli")
    assert second.writer != first.writer
    assert (tmp_path / "cli-0.broken").read_text() == "{"


def test_entries_wait_until_they_are_taken_and_come_again_after_a_failure(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "audit")
    assert not pending.waiting
    with pending.taken() as none:
        assert none == []
    first, second = entries("an", "binh")
    pending.add([first])

    def forward() -> None:
        with pending.taken() as found:
            assert found == [first]
            raise OSError("away")

    with pytest.raises(OSError, match="away"):
        forward()
    with pending.taken() as found:
        assert found == [first]
        with Pending(tmp_path / "audit").taken() as others:
            assert others == []  # somebody has them
        pending.add([second])  # meanwhile
    with pending.taken() as found:
        assert found == [second]
    assert not pending.waiting


def test_a_line_that_a_crash_cut_off_costs_no_other(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    first, second = entries("an", "binh")
    pending.add([first])
    path = tmp_path / "pending.jsonl"
    path.write_bytes(path.read_bytes() + b'{"entry_id":"cu')
    pending.add([second])
    with pending.taken() as found:
        assert found == [first, second]


def test_entries_of_several_at_once_are_all_kept(tmp_path: Path) -> None:
    made = entries(*(f"p{n}" for n in range(20)))
    threads = [threading.Thread(target=Pending(tmp_path).add, args=([each],)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Pending(tmp_path).taken() as found:
        assert sorted(each.actor for each in found) == sorted(each.actor for each in made)
