"""What is wrong with a request, in the standard's words: 404 what is not there, 403 the key, 400 anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of an answer: a code, which is an HTTP status, and a sentence that never quotes what was sent."""

    code: int
    description: str


class Open311Error(Exception):
    """A request that is answered with errors.

    Attributes:
        faults: At least one; the first one's code is the answer's status.
        headers: Further headers of the answer.

    """

    def __init__(self, faults: Sequence[Fault], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(faults[0].description)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, code: int, description: str, headers: Mapping[str, str] | None = None) -> Open311Error:
        """With one error."""
        return cls([Fault(code, description)], headers)
