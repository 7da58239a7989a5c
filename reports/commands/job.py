"""What jobs of commands share: what they give back, and the scenario that is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coverage.scenario import apply_scenario
from layers.scenarios import find_scenario, read_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from coverage.impedance import TravelMode
    from coverage.scenario import Scenario
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from layers.project import Project

    Step = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Done:
    """
    A job that was done.

    Parameters
    ----------
    lines
        What was found, in Chinese.
    files
        What was written.
    """

    lines: tuple[str, ...]
    files: tuple[Path, ...]

    def written(self, out: Path) -> str:
        """The line that names the files."""
        return f"结果写到「{out}」：{'、'.join(file.name for file in self.files)}"


def about_scenario(scenario: Scenario | None) -> dict[str, str] | None:
    """A scenario in a manifest."""
    if scenario is None:
        return None
    return {"id": scenario.scenario_id, "name": scenario.name}


def tried_files(project: Project, tried: str) -> list[Path]:
    """The file of a scenario that is tried, by its id or path; none for ""."""
    return [find_scenario(project, tried)] if tried else []


def tried_layers(
    layers: Layers,
    project: Project,
    tried: str,
    *,
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
) -> tuple[Layers, Scenario | None]:
    """
    The layers as a scenario leaves them, and the scenario.

    Parameters
    ----------
    layers
        Of the project as it is.
    project
        The checked project file.
    tried
        Id or path of a scenario; "" leaves the layers as they are.
    kinds, modes
        Facility kinds and travel modes by id.

    Raises
    ------
    PlannerError
        If the scenario is not there, cannot be read or does not fit the layers.
    """
    if not tried:
        return layers, None
    scenario = read_scenario(find_scenario(project, tried), str(layers.roads.crs))
    return apply_scenario(layers, scenario, kinds=kinds, modes=modes).layers, scenario
