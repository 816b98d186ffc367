"""The engine's own state, with a changelog that the test can recover from."""

from __future__ import annotations

from streams.transport.state import PartitionState


class Changelog:
    """Commits and recovers a PartitionState the way the engine does."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self.note = ""

    def commit(self, state: PartitionState) -> None:
        for key, value in state.changes():
            if value is None:
                self.records.pop(key, None)
            else:
                self.records[key] = value
        self.note = state.note
        state.commit()

    def recover(self) -> PartitionState:
        state = PartitionState(0)
        for key, value in self.records.items():
            state.load(key, value)
        state.load_note(self.note)
        return state
