"""A long computation of one visitor in a thread of the server: watched, ended early, dropped.

No Streamlit in it. The thread knows nothing of a session; a page asks in its own runs what has
been told. HiGHS gives the interpreter free while it works, so that the app stays usable.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Work = Callable[["Line"], Any]

Phase = Literal["waiting", "running", "ending", "done"]

Lane = Literal["search", "report"]
"""What a visitor may have under way side by side: a search of sites, and the files of a report."""

AT_ONCE: Final = 2
"""Computations of one lane of all visitors together; the others wait, or nobody would get an
answer."""

ABSENT_S: Final = 60.0
"""Seconds that a visitor may be gone, as when a laptop sleeps, before the work is dropped."""

LOOK_S: Final = 0.2
"""Seconds between two looks of a waiting thread."""

_TURNS: Final[Mapping[Lane, threading.BoundedSemaphore]] = {
    "search": threading.BoundedSemaphore(AT_ONCE),
    "report": threading.BoundedSemaphore(AT_ONCE),
}
"""Of each lane its own: who looks for sites does not wait until others' maps are drawn."""


class DroppedError(Exception):
    """Ends work that nobody waits for any more; no page ever sees it."""


@dataclass(frozen=True)
class Told:
    """
    How far a computation is.

    Parameters
    ----------
    phase
        "waiting" for its turn, "running", "ending" once an early end was asked for, or "done".
    seconds
        Since it was asked for.
    bound, best
        In the unit of the objective; NaN where there is none yet.
    step
        Chinese name of what is being done; "" where there is only one thing to do.
    """

    phase: Phase
    seconds: float
    bound: float = math.nan
    best: float = math.nan
    step: str = ""


class Line:
    """
    What a thread and the page share: news one way, an early end the other.

    Parameters
    ----------
    is_there
        Whether the visitor is still there; asked from the thread.
    """

    def __init__(self, is_there: Callable[[], bool] | None = None) -> None:
        self._is_there = is_there
        self._news: tuple[float, float, str] = (math.nan, math.nan, "")
        self._stopped, self._dropped = threading.Event(), threading.Event()
        self._seen = time.monotonic()

    def progress(self, seconds: float, bound: float, best: float) -> bool:
        """Take what the solver tells, as `SitingOptions.progress`; True asks it to end early."""
        _ = seconds  # those of one question of several; the page counts from the first
        self._news = (bound, best, self._news[2])
        return self.is_stopped

    def say(self, step: str) -> None:
        """
        Name what is done next.

        Raises
        ------
        DroppedError
            If nobody waits for it any more.
        """
        if self.is_dropped:
            raise DroppedError
        self._news = (math.nan, math.nan, step)

    def stop(self) -> None:
        """Ask for an early end with the best found so far."""
        self._stopped.set()

    def drop(self) -> None:
        """Ask for an early end whose answer nobody wants."""
        self._dropped.set()
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether an early end was asked for."""
        return self.is_dropped or self._stopped.is_set()

    @property
    def is_dropped(self) -> bool:
        """Whether nobody waits for the answer: it was cancelled, or the visitor is gone."""
        if not self._dropped.is_set() and self._is_there is not None:
            now = time.monotonic()
            if self._is_there():
                self._seen = now
            elif now - self._seen > ABSENT_S:
                self.drop()
        return self._dropped.is_set()

    @property
    def news(self) -> tuple[float, float, str]:
        """Bound, best and step, as last told."""
        return self._news


class Solve:
    """
    One computation in its thread.

    Parameters
    ----------
    key
        What is computed: page and question. A page takes only answers to its own question.
    work
        Called in the thread with the line; what it returns or raises is the answer.
    line
        Of this computation alone.
    lane
        Among whose computations it waits for its turn.
    """

    def __init__(self, key: str, work: Work, line: Line, *, lane: Lane = "search") -> None:
        self.key, self.line, self._turns = key, line, _TURNS[lane]
        self._answer: Future[Any] = Future()
        self._began, self._has_turn = time.monotonic(), threading.Event()
        self._ended = math.nan
        # A daemon: a server that is shut down does not wait for a solver.
        thread = threading.Thread(target=self._run, args=(work,), name="quantu-solve", daemon=True)
        thread.start()

    @property
    def is_done(self) -> bool:
        """Whether there is an answer or an error."""
        return self._answer.done()

    @property
    def told(self) -> Told:
        """How far it is."""
        until = self._ended if self.is_done else time.monotonic()
        return Told(self._phase, until - self._began, *self.line.news)

    def answer(self) -> Any:  # noqa: ANN401 - whatever the work returns
        """
        What the work returned, once it is done.

        Raises
        ------
        PlannerError
            What the work raised; a bug in it surfaces here as well.
        """
        return self._answer.result(timeout=0)

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether it is done."""
        deadline = time.monotonic() + seconds
        while not self.is_done and time.monotonic() < deadline:
            time.sleep(min(LOOK_S, seconds) / 10)
        return self.is_done

    @property
    def _phase(self) -> Phase:
        if self.is_done:
            return "done"
        if self.line.is_stopped:
            return "ending"
        return "running" if self._has_turn.is_set() else "waiting"

    def _run(self, work: Work) -> None:
        try:
            given = self._in_turn(work)
        except BaseException as error:  # noqa: BLE001 - raised again where the page asks
            self._ended = time.monotonic()
            self._answer.set_exception(error)
        else:
            self._ended = time.monotonic()
            self._answer.set_result(given)

    def _in_turn(self, work: Work) -> Any:  # noqa: ANN401 - whatever the work returns
        while not self._turns.acquire(timeout=LOOK_S):
            if self.line.is_dropped:
                raise DroppedError
        try:
            if self.line.is_dropped:
                raise DroppedError
            self._has_turn.set()
            return work(self.line)
        finally:
            self._turns.release()


class Solving:
    """
    The computations of one visitor in a lane: at most one at a time, a new one drops the old.

    Kept in the state of a session; when that ends, what still runs is dropped.

    Parameters
    ----------
    lane
        Of all its computations.
    """

    def __init__(self, lane: Lane = "search") -> None:
        self._lane: Lane = lane
        self._at_hand: Solve | None = None
        self._lines: list[Line] = []
        weakref.finalize(self, _drop_all, self._lines)

    @property
    def at_hand(self) -> Solve | None:
        """The computation begun last, running or done; None where there is none."""
        return self._at_hand

    def of(self, prefix: str) -> Solve | None:
        """The computation begun last, if its key begins so: one part of a page among others."""
        solve = self._at_hand
        return solve if solve is not None and solve.key.startswith(prefix) else None

    def begin(self, key: str, work: Work, *, is_there: Callable[[], bool] | None = None) -> Solve:
        """
        Begin a computation; the one before it is dropped.

        Parameters
        ----------
        key
            What is computed.
        work
            Called in a thread with its `Line`. It may touch nothing of the session: what it needs
            is given to it, and what it finds it returns.
        is_there
            Whether the visitor is still there; None where it cannot be known.
        """
        self.drop()
        line = Line(is_there)
        self._lines.append(line)
        self._at_hand = Solve(key, work, line, lane=self._lane)
        return self._at_hand

    def stop(self) -> None:
        """Ask for the best found so far."""
        if self._at_hand is not None:
            self._at_hand.line.stop()

    def drop(self) -> None:
        """Forget the computation at hand; if it still runs, it ends as soon as it can."""
        _drop_all(self._lines)
        self._at_hand = None


def _drop_all(lines: list[Line]) -> None:
    while lines:
        lines.pop().drop()
