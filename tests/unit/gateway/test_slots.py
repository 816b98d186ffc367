from __future__ import annotations

from pathlib import Path

from connectors.gateway.slots import Slot


def test_an_id_belongs_to_one_and_goes_to_the_next(tmp_path: Path) -> None:
    first, second = Slot.claim(tmp_path), Slot.claim(tmp_path)
    assert first.transactional_id != second.transactional_id
    name = first.transactional_id
    first.release()
    successor = Slot.claim(tmp_path)
    assert successor.transactional_id == name
    successor.release()
    second.release()


def test_homes_share_no_ids(tmp_path: Path) -> None:
    slots = [Slot.claim(tmp_path / name) for name in "ab"]
    assert len({slot.transactional_id for slot in slots}) == 2
    for slot in slots:
        slot.release()
