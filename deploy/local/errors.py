"""How a start on one machine ends when it cannot go on: one sentence and an exit code of sysexits.h."""

from __future__ import annotations

from typing import Final

EXIT_UNAVAILABLE: Final = 69
"""A port is taken, the folder is in use, a configured cluster does not answer."""
EXIT_SOFTWARE: Final = 70
"""The broker or a process ended and could not be kept up."""
EXIT_DISK: Final = 74
"""The disk is full or cannot be written."""
EXIT_CONFIG: Final = 78
"""A process says that its configuration is wrong; starting it again would not help."""


class UpError(RuntimeError):
    """One sentence for the person at the terminal.

    Attributes:
        exit_code: Exit code of the process.

    """

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
