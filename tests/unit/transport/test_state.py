"""State moves with its round: undone, kept, or partly undone."""

from __future__ import annotations

import tracemalloc

import orjson
from hypothesis import given
from hypothesis import strategies as st

from streams.transport import PartitionState

KEYS = st.sampled_from([b"a", b"b", b"c"])
WRITES = st.lists(st.tuples(KEYS, st.none() | st.sampled_from([b"1", b"2"])), max_size=12)


def write(state: PartitionState, writes: list[tuple[bytes, bytes | None]]) -> None:
    for key, value in writes:
        if value is None:
            state.delete(key)
        else:
            state.put(key, value)


@given(before=WRITES, kept=WRITES, undone=WRITES)
def test_rolling_back_to_a_savepoint_leaves_what_was_written_before_it(
    before: list[tuple[bytes, bytes | None]],
    kept: list[tuple[bytes, bytes | None]],
    undone: list[tuple[bytes, bytes | None]],
) -> None:
    state = PartitionState(0)
    write(state, before)
    state.commit()
    first = dict(state.items())
    write(state, kept)
    wanted, changes, mark = dict(state.items()), state.changes(), state.savepoint()
    write(state, undone)
    state.rollback_to(mark)
    assert dict(state.items()) == wanted
    assert state.changes() == changes
    state.rollback()
    assert dict(state.items()) == first
    assert not state.dirty


@given(before=WRITES, writes=WRITES)
def test_the_changelog_makes_the_same_state_elsewhere(
    before: list[tuple[bytes, bytes | None]], writes: list[tuple[bytes, bytes | None]]
) -> None:
    state, copy = PartitionState(0), PartitionState(0)
    for some in (before, writes):
        write(state, some)
        changes = state.changes()
        assert len({key for key, _ in changes}) == len(changes), "each key once per round"
        for key, value in changes:
            copy.load(key, value)
        state.commit()
    assert dict(copy.items()) == dict(state.items())


def test_writing_what_is_there_already_is_no_change() -> None:
    state = PartitionState(0)
    state.put(b"a", b"1")
    state.commit()
    state.put(b"a", b"1")
    state.delete(b"b")
    assert state.changes() == []
    assert not state.dirty


def test_objects_in_memory_are_undone_in_reverse_order_among_the_writes() -> None:
    state, memory = PartitionState(0), [0]

    def change(to: int) -> None:
        old = memory[0]
        memory[0] = to
        state.journal(lambda: memory.__setitem__(0, old))

    change(1)
    mark = state.savepoint()
    change(2)
    state.put(b"a", b"1")
    change(3)
    state.rollback_to(mark)
    assert memory == [1]
    state.rollback()
    assert memory == [0]


def test_callbacks_run_after_their_own_round_is_committed_and_only_then() -> None:
    state = PartitionState(0)
    ran: list[str] = []
    state.after_commit(lambda: ran.append("kept"))
    mark = state.savepoint()
    state.after_commit(lambda: ran.append("undone"))
    state.rollback_to(mark)
    assert ran == []
    state.commit()
    state.commit()
    assert ran == ["kept"]


@given(before=WRITES, kept=WRITES, undone=WRITES, more=WRITES)
def test_a_released_state_writes_the_same_changelog_and_keeps_nothing(
    before: list[tuple[bytes, bytes | None]],
    kept: list[tuple[bytes, bytes | None]],
    undone: list[tuple[bytes, bytes | None]],
    more: list[tuple[bytes, bytes | None]],
) -> None:
    whole, released, copy = PartitionState(0), PartitionState(0), PartitionState(0)
    for state in (whole, released, copy):
        write(state, before)
        state.commit()
    released.release()
    for state in (whole, released):
        write(state, kept)
        mark = state.savepoint()
        write(state, undone)
        state.rollback_to(mark)
    for some in ((), more):
        for state in (whole, released):
            write(state, list(some))
        for key, value in released.changes():
            copy.load(key, value)
        for state in (whole, released):
            state.commit()
        assert dict(copy.items()) == dict(whole.items())
        assert len(released) == 0


def test_a_value_takes_no_more_memory_than_its_bytes() -> None:
    rows = [list(range(number, number + 300)) for number in range(50)]  # about 1,200 bytes each
    state = PartitionState(0)
    tracemalloc.start()
    for number, row in enumerate(rows):
        state.put(b"%d" % number, orjson.dumps(row))
    state.commit()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    content = sum(len(value) for _, value in state.items())
    assert held < content + 50 * 400  # 33 bytes of a value, key, place in the dictionary
