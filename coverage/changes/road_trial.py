"""A study's layers on changed roads: everything else as it was, with what the changes bring."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coverage.changes.road_change_sentences import mode_notices
from coverage.changes.road_changes import apply_road_changes
from coverage.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.changes.road_change import ChangedRoads, RoadChange
    from coverage.impedance import TravelMode
    from coverage.studies.study import Layers


def on_changed_roads(
    layers: Layers, changes: Sequence[RoadChange], modes: Mapping[str, TravelMode]
) -> tuple[Layers, ChangedRoads]:
    """
    Layers whose roads are as they would be after some changes.

    Parameters
    ----------
    layers
        Checked layers; left as they are.
    changes
        In the order in which they take effect.
    modes
        All travel modes by id.

    Returns
    -------
    layers
        With a label that says so, a notice per change (code "road_change") and what the planner
        should check of it.
    changed
        The roads and what each change did.

    Raises
    ------
    RoadChangeError
        With one sentence for every change that cannot be applied.
    """
    changed = apply_road_changes(layers.roads, changes)
    done = [Notice("road_change", effect.sentence) for effect in changed.effects]
    told = (*layers.notices, *done, *changed.notices, *mode_notices(changed, modes))
    label = trial_label(layers.label, f"{len(changes)} 处道路变化") if changes else layers.label
    return replace(layers, roads=changed.roads, notices=told, label=label), changed


def trial_label(label: str, what: str) -> str:
    """
    The label of a study on which something is tried, for every screen and export.

    Parameters
    ----------
    label
        That of the study as it is; may be "".
    what
        What is tried, e.g. "2 处道路变化".
    """
    trial = f"试算结果（{what}），不是现状"
    return f"{trial}；{label}" if label else trial
