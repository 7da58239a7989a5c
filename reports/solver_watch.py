"""A long search on a terminal: the bound as it moves, and Ctrl-C that gives the best found."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from coverage.sites.options import Progress

    Step = Callable[[int, int, str], None]

EVERY_S: Final = 0.2
"""Seconds between two words on the screen; the solver calls many times more often."""


@contextlib.contextmanager
def solver_watch(step: Step) -> Iterator[Progress]:
    """
    Progress for the siting models, and an early end on the first Ctrl-C.

    The second Ctrl-C ends the command, as everywhere. Outside the main thread, where signals
    cannot be caught, there is progress alone.

    Parameters
    ----------
    step
        Of `reports.progress_bar.progress_bar`.

    Yields
    ------
    progress
        For `coverage.siting.SitingOptions`.
    """
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)
        step(0, 0, "正在停下，给出目前最好的方案")

    last = -math.inf

    def progress(seconds: float, bound: float, best: float) -> bool:
        nonlocal last
        if not asked.is_set() and abs(seconds - last) >= EVERY_S:
            last = seconds
            step(0, 0, _words(seconds, bound, best))
        return asked.is_set()

    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if is_main:
        signal.signal(signal.SIGINT, stop)
    try:
        yield progress
    finally:
        if is_main:
            signal.signal(signal.SIGINT, before)


def _words(seconds: float, bound: float, best: float) -> str:
    found = "还没有方案" if math.isnan(best) else f"目前最好 {best:,.0f}"
    limit = "" if math.isnan(bound) else f"，界 {bound:,.0f}"
    return f"求解 {seconds:.0f} 秒：{found}{limit}（Ctrl-C 停下并给出目前最好的方案）"
