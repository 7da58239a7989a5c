"""How far a command has come, for those who watch it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Step = Callable[[int, int, str], None]


@contextlib.contextmanager
def progress_bar() -> Iterator[Step]:
    """
    A bar on a terminal, nothing in a pipe.

    Yields
    ------
    step
        Called with the steps done, all steps (0 where nobody knows) and what is being done.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("")

        def step(done: int, steps: int, name: str) -> None:
            bar.update(task, description=escape(name), completed=done, total=steps or None)

        yield step
