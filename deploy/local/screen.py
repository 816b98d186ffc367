"""What a start shows: a line per step with its duration, and a moving one while a step lasts.

On a terminal the step that is going on has a spinner and its latest news beside it; elsewhere news come as plain lines,
at most one in two seconds, so that a log shows progress too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.status import Status
from rich.table import Table

_PLAIN_INTERVAL_S: Final = 2.0


class Screen:
    """Progress on stdout.

    Args:
        console: Where it is shown; stdout if not given.

    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._status: Status | None = None
        self._told_at = 0.0

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """A step of the start; ``done`` is shown with the step's duration unless it raises."""
        began = time.monotonic()
        self._told_at = began
        if self._console.is_terminal:
            with self._console.status(doing) as status:
                self._status = status
                try:
                    yield
                finally:
                    self._status = None
        else:
            self._plain(f"{doing} …")
            yield
        self._console.print(f"[green]✓[/] {done} [dim]({time.monotonic() - began:.1f} s)[/]", soft_wrap=True)

    def news(self, text: str) -> None:
        """How far the step is."""
        if self._status is not None:
            self._status.update(text)
        elif time.monotonic() - self._told_at >= _PLAIN_INTERVAL_S:
            self._told_at = time.monotonic()
            self._plain(text)

    def say(self, text: str) -> None:
        """A line that stays, as it is."""
        self._plain(text)

    def fail(self, sentence: str) -> None:
        """Why it ended."""
        self._console.print(f"[red]✗[/] {_literal(sentence)}", soft_wrap=True)

    def ready(
        self, addresses: dict[str, str], token: str, commands: list[str], footer: str, *, login: Sequence[str] = ()
    ) -> None:
        """The short screen at the end of a start: where things are, the token, the first login, what to try."""
        table = Table.grid(padding=(0, 2))
        for name, address in addresses.items():
            table.add_row(f"[bold]{name}[/]", _literal(address))
        self._console.print()
        self._console.print(table)
        self._console.print("\n[bold]Operator token[/] (shown once, for curl and scripts)")
        self._plain(f"  {token}")
        if login:
            self._console.print("\n[bold]First administrator[/] (holds once, for a day)")
            for line in login:
                self._plain(f"  {line}")
        self._console.print("\n[bold]Try in another terminal[/]")
        for command in commands:
            self._plain(f"  {command}")
        self._console.print()
        self._plain(footer)

    def _plain(self, text: str) -> None:
        """Never wrapped, so that it can be copied and searched."""
        self._console.print(text, markup=False, soft_wrap=True)


def _literal(text: str) -> str:
    return text.replace("[", r"\[")
