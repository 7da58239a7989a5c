"""What each site of a set adds, where no answer with its tables was made: curve, own choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from coverage.studies.siting_solving import base_sites
from coverage.studies.siting_tables import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.studies.siting_ground import SitingGround
    from coverage.studies.siting_question import SitingQuestion


def chosen_steps(
    ground: SitingGround, question: SitingQuestion, chosen: Sequence[str]
) -> pd.DataFrame:
    """
    The way from the sites that are there to those chosen.

    Parameters
    ----------
    ground, question
        What was asked on, and what.
    chosen
        Ids of the sites that are open afterwards.

    Returns
    -------
    steps
        Indexed by `site_id`, in the order of `coverage.studies.siting_tables.site_table`: `state`
        ("new", "closed"), `adds_people`, `adds_villages` (negative for those that close).
    """
    plan = Plan(ground=ground, base=base_sites(question, ground), chosen=tuple(chosen))
    sign = {"new": 1.0, "closed": -1.0}
    rows = [
        # Adding 0 turns the -0.0 of a site that closes without loss into 0.0.
        (name, state, sign[state] * plan.people(points) + 0.0, sign[state] * points.sum() + 0.0)
        for name, state, points in plan.steps
    ]
    columns = ["site_id", "state", "adds_people", "adds_villages"]
    return pd.DataFrame(rows, columns=columns).set_index("site_id")
