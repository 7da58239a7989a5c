"""Maps drawn beside other work: a second process draws while the program does something else.

Neither what is drawn nor its bytes depend on which process drew it, so that a computer that
cannot start a second one only takes longer.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from reports.printing.orders import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reports.printing.orders import Drawn, Order

_ROOT: Final = Path(__file__).resolve().parents[2]

_SETTINGS: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""Environment of the process beside that of the program: it needs no threads of its own."""

_FEW: Final = 3
"""So many maps are drawn before a second process is ready."""


class Press:
    """
    Draws orders, in a second process from the moment on that it is entered.

    Parameters
    ----------
    orders
        What to draw.
    beside
        Whether a second process may be started; None where it is worth it.
    """

    def __init__(self, orders: Iterable[Order], *, beside: bool | None = None) -> None:
        self._orders = list(orders)
        self._left = collections.deque(range(len(self._orders)))
        self._drawn: dict[int, Drawn] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._feeder: threading.Thread | None = None
        worth_it = len(self._orders) > _FEW and (os.cpu_count() or 1) > 1
        self._beside = worth_it if beside is None else beside

    def __enter__(self) -> Self:
        """Start."""
        if self._beside:
            with contextlib.suppress(OSError):  # too many processes, no memory
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "reports.printing.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=_ROOT,
                    env={**os.environ, **_SETTINGS},
                )
                self._feeder = threading.Thread(target=self._feed, daemon=True)
                self._feeder.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once, drawn or not."""
        self._left.clear()
        if self._process is not None:
            self._process.kill()
            if self._feeder is not None:
                self._feeder.join()
            self._process.communicate()

    def finish(self, told: Callable[[Order], None] = lambda _order: None) -> list[Drawn]:
        """
        Draw here what the second process has not begun, and wait for what it has.

        Parameters
        ----------
        told
            Called with every order that is drawn here, before it is.

        Returns
        -------
        drawn
            One for each order, in their order.

        Raises
        ------
        OutputError
            If there is no Chinese font.
        """
        self._draw_here(told)
        if self._feeder is not None:
            self._feeder.join()
            self._draw_here(told)  # what the second process gave back
        return [self._drawn[number] for number in range(len(self._orders))]

    def _draw_here(self, told: Callable[[Order], None]) -> None:
        while (number := self._next()) is not None:
            told(self._orders[number])
            self._drawn[number] = draw(self._orders[number])

    def _feed(self) -> None:
        """Have the second process draw one after the other; end where it does."""
        process = self._process
        assert process is not None  # noqa: S101 - just started
        assert process.stdin is not None  # noqa: S101 - a pipe
        assert process.stdout is not None  # noqa: S101 - a pipe
        while (number := self._next()) is not None:
            try:
                pickle.dump(self._orders[number], process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                self._drawn[number] = pickle.load(process.stdout)  # noqa: S301 - our own process
            except (OSError, EOFError, pickle.PickleError):
                return
            finally:
                if number not in self._drawn:
                    self._left.appendleft(number)

    def _next(self) -> int | None:
        try:
            return self._left.popleft()
        except IndexError:
            return None
