"""What is being done right now: a moving line on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Gives a function that takes the next step's name."""
    if not console.is_terminal:
        yield lambda step: console.print(f"[dim]… {step}[/]", highlight=False)
        return
    with console.status("") as status:
        yield status.update
