"""How a command ends when it cannot do what was asked: one sentence and an exit code."""

from __future__ import annotations

from typing import Final

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
"""Something is wrong with the data or the system; the sentence says what."""
EXIT_USAGE: Final = 2
"""The command line itself is wrong (typer's code as well)."""
EXIT_UNAVAILABLE: Final = 69
"""A peer (Kafka, gateway) does not answer: ``EX_UNAVAILABLE`` of sysexits.h."""
EXIT_CONFIG: Final = 78
"""The configuration is wrong: ``EX_CONFIG`` of sysexits.h."""
EXIT_INTERRUPTED: Final = 130
"""Ended by Ctrl-C, as shells count it: 128 + SIGINT."""


class CommandError(Exception):
    """A sentence for the person at the terminal.

    Attributes:
        exit_code: Exit code of the process.

    """

    def __init__(self, sentence: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Unavailable(CommandError):
    """A peer does not answer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, EXIT_UNAVAILABLE)


class Misconfigured(CommandError):
    """A configured value is wrong."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, EXIT_CONFIG)
