"""Every error of the engine, and what its catcher does with it.

* EngineError
    * Transient       the world's fault, raised by handlers: give the batch back, try again after a back-off
    * OutputTooLarge  an output that no broker would take: the handler's fault, isolated like any other exception
    * RoundFailed     the round's transaction did not go through, or nobody knows: new epoch, look, go on or take back
        * GroupFenced     our membership is stale: take back, and let the group reassign
        * ProducerFenced  someone else uses our transactional id
    * Fatal           stop the process with an exit code and one clear sentence
"""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FORCED = 70
"""Something hung or broke beyond what can be handled; the supervisor starts a new process (EX_SOFTWARE)."""
EXIT_BRAKE = 75
"""An agent was stopped by its brake (EX_TEMPFAIL)."""
EXIT_MISCONFIGURED = 78
"""A person has to change something first (EX_CONFIG)."""


class EngineError(Exception):
    """Base of the engine's errors."""


class Transient(EngineError):
    """A handler cannot work now and will later: nothing is dead-lettered, the batch comes again."""


class OutputTooLarge(EngineError):
    """A handler's output is larger than a record may be."""


class RoundFailed(EngineError):
    """The transaction failed or its outcome is unknown; its epoch must not be used again."""


class GroupFenced(RoundFailed):
    """The group coordinator does not know this member or generation any more: nothing was committed."""


class ProducerFenced(RoundFailed):
    """The transaction coordinator has given our transactional id to another producer."""


class Fatal(EngineError):
    """The process must end."""

    def __init__(self, exit_code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
