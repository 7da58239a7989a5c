"""HiGHS run on a programme: start, time limit, gap, seed, progress and cancelling."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import highspy
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import FloatArray
    from coverage.sites.options import SitingOptions
    from coverage.sites.programme import Programme

MIP_GAP: Final = 1e-10
"""Relative gap that counts as none: below the rounding noise of the solver."""

ABSOLUTE_GAP: Final = 1e-7
"""The same in absolute terms, for objectives near 0."""

SMALLEST_TIME_S: Final = 0.05
"""Seconds that a solver gets when the time is already up, so that it can hand in its start."""

LITTLE_EFFORT: Final = 0.01
"""Share of the solver's effort that goes into finding answers (its own choice is 0.05)."""

SOLUTION_FEASIBLE: Final = 2
"""HiGHS' own number for "the solution is feasible"."""


class Clock:
    """Seconds since the start of a question, what is left of them, and whether it was cancelled."""

    def __init__(self, options: SitingOptions, *, sign: float = 1.0, offset: float = 0.0) -> None:
        self.options = options
        self.sign, self.offset = sign, offset
        self.cancelled = False
        self.held: tuple[float, float] | None = None
        self._began = time.perf_counter()

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
        if told is not None and not self.cancelled:
            self.cancelled = bool(told(self.seconds, self._own(bound), self._own(best)))
        return self.is_up

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

    Returns
    -------
    solved
        Whole variables are rounded.
    """
    solver = _loaded(programme, clock)
    options = clock.options
    relative = options.gap if slack is None else 0.0
    solver.setOptionValue("mip_rel_gap", max(relative, MIP_GAP))
    solver.setOptionValue("mip_abs_gap", slack or ABSOLUTE_GAP)
    if not math.isnan(target):
        solver.setOptionValue("objective_target", target)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
        # A start from a search of our own leaves little to find: the time goes into the proof.
        solver.setOptionValue("mip_heuristic_effort", LITTLE_EFFORT)
    if options.progress is not None:
        solver.cbMipInterrupt += _watch(clock, offset)
    solver.run()
    state, info = solver.getModelStatus(), solver.getInfo()
    if state == highspy.HighsModelStatus.kInfeasible:
        return Solved("infeasible", None, math.inf, np.zeros(0))
    has_whole = bool(programme.is_whole.any())
    bound = float(info.mip_dual_bound if has_whole else info.objective_function_value)
    if info.primal_solution_status != SOLUTION_FEASIBLE:
        return Solved("open", None, bound, np.zeros(0))
    values = np.array(solver.getSolution().col_value)
    values[programme.is_whole] = np.round(values[programme.is_whole])
    is_done = state == highspy.HighsModelStatus.kOptimal
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
    if clock.options.progress is not None:
        solver.cbIpmInterrupt += _watch(clock, math.nan)
    solver.run()
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


def _watch(clock: Clock, offset: float) -> Callable[[Any], None]:
    def watched(event: Any) -> None:  # noqa: ANN401 - highspy's own
        data = event.data_out
        if clock.tell(data.mip_dual_bound + offset, data.mip_primal_bound + offset):
            event.interrupt()

    return watched
