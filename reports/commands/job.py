"""What the job of a command gives back, and what its manifest says of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from coverage.scenario import Scenario


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
