"""HiGHS run on a programme: start, time limit, gap, seed, progress and cancelling."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import highspy
import numpy as np

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray
    from coverage.sites.options import SitingOptions
    from coverage.sites.programme import Programme

MIP_GAP: Final = 1e-10
"""Relative gap that counts as none: below the rounding noise of the solver."""

ABSOLUTE_GAP: Final = 1e-7
"""The same in absolute terms, for objectives near 0."""

SMALLEST_TIME_S: Final = 0.05
"""Seconds that a solver gets when the time is already up, so that it can hand in its start."""

TELL_EVERY_S: Final = 0.05
"""Seconds between two looks at the progress while something is under way."""

PATIENCE_S: Final = 0.3
"""
Seconds that the solver gets to hand in its answer once it was asked to end.

It looks up between steps only, and one step of a large linear programme can take many seconds.
After that it is left to end by itself, and its best answer so far is taken.
"""

LITTLE_EFFORT: Final = 0.01
"""Share of the solver's effort that goes into finding answers (its own choice is 0.05)."""

SOLUTION_FEASIBLE: Final = 2
"""HiGHS' own number for "the solution is feasible"."""


class Clock:
    """Seconds since the start of a question, what is left of them, and whether it was cancelled."""

    def __init__(
        self,
        options: SitingOptions,
        *,
        sign: float = 1.0,
        offset: float = 0.0,
        cancelled: bool = False,
    ) -> None:
        self.options = options
        self.sign, self.offset = sign, offset
        self.cancelled = cancelled
        self.held: tuple[float, float] | None = None
        self._told = (math.nan, math.nan)
        self._looked_s = -math.inf
        self._began = time.perf_counter()

    def next(self) -> Clock:
        """That of the next part of a question that has several: its time anew, an end kept."""
        return Clock(self.options, sign=self.sign, offset=self.offset, cancelled=self.cancelled)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._began

    @property
    def keeps_equals(self) -> bool:
        """Whether equally good answers are asked about, so that none may be ruled out."""
        options = self.options
        return options.ties > 1 or bool(options.closable) or bool(options.preferred)

    @property
    def left_s(self) -> float:
        """Until the time limit."""
        return max(SMALLEST_TIME_S, self.options.time_limit_s - self.seconds)

    @property
    def is_up(self) -> bool:
        """Whether the time limit has passed or an early end was asked for."""
        return self.cancelled or self.seconds >= self.options.time_limit_s

    def tell(self, bound: float, best: float) -> bool:
        """Tell the progress, in the terms of the objective; whether an early end is asked for."""
        told = self.options.progress
        # While a part is solved on its own, what is told is still that of the whole.
        bound, best = self.held or (bound, best)
        self._told = bound, best
        self._looked_s = self.seconds
        if told is not None and not self.cancelled:
            self.cancelled = bool(told(self.seconds, self._own(bound), self._own(best)))
        return self.is_up

    def look(self) -> bool:
        """Tell again what was told last, but not all the time; whether it is time to end."""
        if self.options.progress is None or self.seconds - self._looked_s < TELL_EVERY_S:
            return self.is_up
        return self.tell(*self._told)

    def _own(self, value: float) -> float:
        return self.offset + self.sign * value if math.isfinite(value) else math.nan


@dataclass(frozen=True, eq=False)
class Solved:
    """
    What the solver says of a programme.

    Parameters
    ----------
    status
        "optimal" (within the gap asked for), "feasible", "infeasible", or "open": the time was
        up before an answer was found.
    values
        Shape (n,); None where there is no answer.
    bound
        The objective cannot be less; -inf where nothing is known.
    duals
        Shape (m,), row duals of a linear programme; empty otherwise.
    """

    status: Literal["optimal", "feasible", "infeasible", "open"]
    values: FloatArray | None
    bound: float
    duals: FloatArray


def solve(
    programme: Programme,
    *,
    clock: Clock,
    start: FloatArray | None = None,
    offset: float = 0.0,
    target: float = math.nan,
    slack: float | None = None,
    is_good_start: bool = True,
) -> Solved:
    """
    Solve a mixed integer programme with HiGHS.

    Parameters
    ----------
    programme
        To minimise.
    clock
        Time, gap, seed and progress.
    start
        Shape (n,), a feasible answer to begin with.
    offset
        Added to bound and objective when progress is told.
    target
        Objective at which to stop; NaN looks for the best.
    slack
        Absolute gap at which to stop, instead of the relative one of the options.
    is_good_start
        Whether the start comes from a search of our own, which leaves the solver little to find.

    Returns
    -------
    solved
        Whole variables are rounded.
    """
    clock.look()
    if clock.cancelled:
        return _unsolved(programme, start)
    solver = _loaded(programme, clock)
    relative = clock.options.gap if slack is None else 0.0
    solver.setOptionValue("mip_rel_gap", max(relative, MIP_GAP))
    solver.setOptionValue("mip_abs_gap", slack or ABSOLUTE_GAP)
    if not math.isnan(target):
        solver.setOptionValue("objective_target", target)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
        if is_good_start:
            solver.setOptionValue("mip_heuristic_effort", LITTLE_EFFORT)
    run = _Run(solver, clock, offset, start)
    if not run.finished():
        return _unsolved(programme, run.best, run.bound)
    state, info = solver.getModelStatus(), solver.getInfo()
    if state == highspy.HighsModelStatus.kInfeasible:
        return Solved("infeasible", None, math.inf, np.zeros(0))
    has_whole = bool(programme.is_whole.any())
    bound = float(info.mip_dual_bound if has_whole else info.objective_function_value)
    if info.primal_solution_status != SOLUTION_FEASIBLE:
        return _unsolved(programme, start, bound)
    is_done = state == highspy.HighsModelStatus.kOptimal
    values = _rounded(programme, np.array(solver.getSolution().col_value))
    return Solved("optimal" if is_done else "feasible", values, bound, np.zeros(0))


def relax(programme: Programme, *, clock: Clock) -> Solved:
    """
    Solve the linear relaxation by interior points, without crossover.

    Far quicker than the simplex method on covering models, and its duals, though not those of
    a corner, make as good a Lagrangian bound (which is computed anew from them, exactly).
    """
    solver = _loaded(programme, clock)
    solver.setOptionValue("solver", "ipm")
    solver.setOptionValue("run_crossover", "off")
    solver.setOptionValue("solve_relaxation", True)
    if not _Run(solver, clock, 0.0, None).finished():
        return _unsolved(programme, None)
    solution = solver.getSolution()
    if not solution.dual_valid:
        return Solved("open", None, -math.inf, np.zeros(0))
    return Solved("optimal", np.array(solution.col_value), -math.inf, np.array(solution.row_dual))


def _loaded(programme: Programme, clock: Clock) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("random_seed", clock.options.seed)
    if clock.options.threads:
        solver.setOptionValue("threads", clock.options.threads)
    if math.isfinite(clock.left_s):
        solver.setOptionValue("time_limit", clock.left_s)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.cost), len(programme.row_lower)
    model.col_cost_, model.col_lower_ = programme.cost, programme.lower
    model.col_upper_ = programme.upper
    model.row_lower_, model.row_upper_ = programme.row_lower, programme.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = programme.matrix.indptr
    model.a_matrix_.index_ = programme.matrix.indices
    model.a_matrix_.value_ = programme.matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[whole] for whole in programme.is_whole.tolist()]
    solver.passModel(model)
    return solver


def _rounded(programme: Programme, values: FloatArray) -> FloatArray:
    return np.where(programme.is_whole, np.round(values), values)


def _unsolved(programme: Programme, best: FloatArray | None, bound: float = -math.inf) -> Solved:
    """The best that was known when the end came early."""
    if best is None:
        return Solved("open", None, bound, np.zeros(0))
    return Solved("feasible", _rounded(programme, best), bound, np.zeros(0))


class _Run:
    """
    The solver at work in a thread of its own, so that progress is told and an end heeded.

    Its callbacks only note what it has; the thread that asked tells the progress, and so
    whatever that raises reaches the one who asked.
    """

    def __init__(
        self, solver: highspy.Highs, clock: Clock, offset: float, best: FloatArray | None
    ) -> None:
        self.best, self.bound = best, -math.inf
        self._solver, self._clock, self._offset = solver, clock, offset
        self._value = math.nan
        self._has_ended, self._must_end = threading.Event(), False
        self._failure: BaseException | None = None

    def finished(self) -> bool:
        """Run; False where the solver was left behind, not having heeded the end in time."""
        if self._clock.options.progress is None and self._clock.options.time_limit_s == math.inf:
            self._solver.run()
            return True
        self._solver.cbMipInterrupt += self._looked_up
        self._solver.cbIpmInterrupt += self._looked_up
        self._solver.cbSimplexInterrupt += self._looked_up
        self._solver.cbMipImprovingSolution += self._improved
        # No daemon: the solver may not be torn down with the process while it still works.
        threading.Thread(target=self._work, name="siting").start()
        try:
            while not self._has_ended.wait(TELL_EVERY_S):
                bound, best = (part + self._offset for part in (self.bound, self._value))
                if self._clock.tell(bound, best):
                    break
        finally:
            self._must_end = True
        has_ended = self._has_ended.wait(PATIENCE_S)
        if self._failure is not None:
            raise self._failure
        return has_ended

    def _work(self) -> None:
        try:
            self._solver.run()
        except BaseException as failure:  # noqa: BLE001 - raised again where it was asked
            self._failure = failure
        self._has_ended.set()

    def _looked_up(self, event: Any) -> None:  # noqa: ANN401 - highspy's own
        data = event.data_out
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self.bound, self._value = float(data.mip_dual_bound), float(data.mip_primal_bound)
        if self._must_end:
            event.interrupt()

    def _improved(self, event: Any) -> None:  # noqa: ANN401 - highspy's own
        self.best = np.array(event.data_out.mip_solution)
        self._value = float(event.data_out.objective_function_value)
