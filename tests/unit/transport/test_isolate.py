"""A failing handler costs the records that make it fail, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.transport import BatchAgent, BrakeLimits, Outbox, PartitionState, RecordBatch, Transient
from streams.transport.brake import Brake
from streams.transport.isolate import AgentBraked, Isolation, stack_of

NO_BRAKE = BrakeLimits(consecutive=10**6, least=10**6)


class Counting(BatchAgent):
    """Counts in state and sends each value; fails on ``bad``."""

    name = "counting"
    topics = ("in",)

    def __init__(self) -> None:
        self.calls = 0
        self.fail_first = 0

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        self.calls += 1
        if self.calls <= self.fail_first:
            raise RuntimeError("once")
        for index, value in enumerate(batch.values):
            state.put(b"n", b"%d" % (int(state.get(b"n") or b"0") + 1))
            if value == b"bad":
                raise ValueError(f"{value!r} is odd")
            if value == b"later":
                raise Transient("not now")
            if value == b"disk":
                raise OSError("gone")
            if value == b"wrong":
                out.dead_letter(index, "malformed", "is no JSON")
            else:
                out.send("out", b"k", value)


def run(
    values: list[bytes], agent: Counting | None = None, limits: BrakeLimits = NO_BRAKE
) -> tuple[PartitionState, Outbox, Counting]:
    agent = agent or Counting()
    state, out = PartitionState(0), Outbox(agent.name)
    Isolation(agent, Brake(limits)).run(RecordBatch.of("in", 3, values, first_offset=100), state, out)
    return state, out, agent


@given(st.lists(st.sampled_from([b"good", b"bad", b"wrong"]), min_size=1, max_size=40))
def test_good_records_pass_in_order_and_only_bad_ones_are_dead_lettered(kinds: list[bytes]) -> None:
    values = [b"%s%d" % (kind, index) if kind == b"good" else kind for index, kind in enumerate(kinds)]
    state, out, _ = run(values)
    sent = [row.value for row in out.outputs if row.topic == "out"]
    assert sent == [value for value in values if value.startswith(b"good")]
    letters = [
        (dict(row.headers)["__connect.errors.offset"], dict(row.headers)["ioc.error.reason"])
        for row in out.outputs
        if row.topic == "ioc.dlq"
    ]
    reasons = {b"bad": b"handler_error", b"wrong": b"malformed"}
    assert letters == [(b"%d" % (100 + index), reasons[kind]) for index, kind in enumerate(kinds) if kind in reasons]
    assert [letter.reason for letter in out.dead_letters] == [
        reasons[kind].decode() for kind in kinds if kind in reasons
    ]
    # A handler that fails leaves no trace in state: good and wrong ones were counted, bad ones not.
    assert int(state.get(b"n") or b"0") == sum(kind != b"bad" for kind in kinds)


def test_a_failure_that_passes_costs_one_more_call() -> None:
    agent = Counting()
    agent.fail_first = 1
    _, out, agent = run([b"good"] * 8, agent)
    assert agent.calls == 2
    assert len(out.rows) == 8
    assert not out.dead_letters


def test_finding_one_bad_record_takes_about_two_calls_per_halving() -> None:
    _, _, agent = run([b"good"] * 512 + [b"bad"] + [b"good"] * 511)
    assert agent.calls <= 2 + 2 * 10


@pytest.mark.parametrize("value", [b"later", b"disk"])
def test_what_the_world_is_to_blame_for_is_no_dead_letter(value: bytes) -> None:
    agent, state, out = Counting(), PartitionState(0), Outbox("counting")
    with pytest.raises(Transient):
        Isolation(agent, Brake(NO_BRAKE)).run(RecordBatch.of("in", 0, [b"good", value]), state, out)
    assert agent.calls == 1
    assert not out.rows
    assert not state.dirty


def test_too_many_failures_in_a_row_stop_the_agent() -> None:
    with pytest.raises(AgentBraked, match="20 records in a row"):
        run([b"bad"] * 30, limits=BrakeLimits())


def test_neither_headers_nor_log_quote_the_exception(caplog: pytest.LogCaptureFixture) -> None:
    _, out, _ = run([b"bad"])
    assert b"bad" not in b"".join(value or b"" for _, value in out.outputs[0].headers)
    assert dict(out.outputs[0].headers)["__connect.errors.exception.class.name"] == b"ValueError"
    assert "'bad' is odd" not in caplog.text
    assert "test_isolate.py" in caplog.text, "but the place is there"


def test_a_stack_has_the_place_and_the_class_but_not_the_text() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("a citizen's name"[2:])
    text = stack_of(caught.value)
    assert text.endswith("ValueError")
    assert "test_isolate.py" in text
    assert "'citizen" not in text


class Greedy(BatchAgent):
    name = "greedy"
    topics = ("in",)

    def handle(self, batch: RecordBatch, state: PartitionState, out: Outbox) -> None:
        for value in batch.values:
            out.send("out", None, (value or b"") * 1_000_000)


def test_an_output_that_no_broker_takes_dead_letters_its_input() -> None:
    out = Outbox("greedy")
    Isolation(Greedy(), Brake(NO_BRAKE)).run(RecordBatch.of("in", 0, [b"", b"x", b""]), PartitionState(0), out)
    assert [row.topic for row in out.outputs] == ["out", "ioc.dlq", "out"]
    assert b"exceeds" in (dict(out.outputs[1].headers)["__connect.errors.exception.message"] or b"")


class Accountant(Counting):
    """Counts what it consumed, whatever became of it."""

    def dead_lettered(self, batch: RecordBatch, state: PartitionState) -> None:
        state.put(b"failed", b"%d" % (int(state.get(b"failed") or b"0") + len(batch)))


def test_an_agent_can_count_the_records_that_its_handler_could_not_take() -> None:
    state, _, _ = run([b"bad", b"good", b"bad", b"good"], Accountant())
    assert (state.get(b"n"), state.get(b"failed")) == (b"2", b"2")
