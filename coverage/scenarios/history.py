"""Undo and redo of a scenario, and ids that nothing else has."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from coverage.scenarios.action import Scenario
    from coverage.studies.study import Layers

MOST_STEPS: Final = 500
"""Steps that can be undone; the oldest are forgotten."""


@dataclass(frozen=True)
class History:
    """
    A scenario with the ways back and forth; every step gives a new history.

    Parameters
    ----------
    past
        What it was before, the oldest first.
    present
        What it is.
    future
        What was undone, the next to redo first.
    """

    past: tuple[Scenario, ...]
    present: Scenario
    future: tuple[Scenario, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> History:
        """A history that begins with a scenario."""
        return cls((), scenario)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step back."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step forth."""
        return bool(self.future)

    def done(self, scenario: Scenario) -> History:
        """
        The history after a change, from where nothing can be redone.

        Parameters
        ----------
        scenario
            What it has become; where it is what it was, no step is made.
        """
        if scenario == self.present:
            return self
        return History((*self.past, self.present)[-MOST_STEPS:], scenario)

    def undone(self) -> History:
        """One step back; the same where there is none."""
        if not self.past:
            return self
        return History(self.past[:-1], self.past[-1], (self.present, *self.future))

    def redone(self) -> History:
        """One step forth; the same where there is none."""
        if not self.future:
            return self
        return History((*self.past, self.present), self.future[0], self.future[1:])


def new_facility_id(layers: Layers, scenario: Scenario) -> str:
    """
    An id for a new facility.

    Parameters
    ----------
    layers
        The layers of the base.
    scenario
        The actions so far; also the id of a facility that it closes is taken.

    Returns
    -------
    facility_id
        "new-1", or the first number that is free; the same for the same input.
    """
    used = {action.facility_id for action in scenario.facility_actions}
    ids = (f"new-{number}" for number in itertools.count(1))
    return next(one for one in ids if one not in used and one not in layers.facilities.index)


def new_scenario_id(taken: Collection[str]) -> str:
    """
    An id for a new scenario.

    Parameters
    ----------
    taken
        Ids of the scenarios that there are; case does not tell them apart, as on Windows.

    Examples
    --------
    >>> new_scenario_id(["Scenario-1", "night"])
    'scenario-2'
    """
    used = {one.casefold() for one in taken}
    ids = (f"scenario-{number}" for number in itertools.count(1))
    return next(one for one in ids if one not in used)
