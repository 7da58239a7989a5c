"""What a visitor tries on a project without changing its files: speeds, roads, a scenario."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from coverage.changes.road_change import RoadChange
    from coverage.impedance import TravelMode
    from coverage.scenarios.action import Scenario

WHAT_IF: Final = "what_if"
"""Key in the state of a session."""


@dataclass(frozen=True)
class WhatIf:
    """
    Changes that are tried.

    Parameters
    ----------
    modes
        Travel modes that differ from the project's, by id.
    road_changes
        In the order in which they are applied.
    scenario
        Actions on facilities and roads, applied after the rest; None where none is tried.
    """

    modes: Mapping[str, TravelMode] = field(default_factory=dict)
    road_changes: tuple[RoadChange, ...] = ()
    scenario: Scenario | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is tried."""
        return not self.modes and not self.road_changes and self.scenario is None

    @property
    def key(self) -> str:
        """SHA-256 of the changes; "" where there are none."""
        if self.is_empty:
            return ""
        # Dictionaries are sorted: the same changes give the same key.
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def summary(self) -> str:
        """What is tried, in a few words; "" where nothing is."""
        names = "、".join(mode.name for mode in self.modes.values())
        parts = [f"改了{names}的速度表"] if names else []
        parts += [f"{len(self.road_changes)} 处道路变化"] if self.road_changes else []
        if self.scenario is not None:
            parts.append(f"情景「{self.scenario.name}」（{len(self.scenario.actions)} 项）")
        return "，".join(parts)


NOTHING: Final = WhatIf()


def what_if(state: MutableMapping[str, Any]) -> WhatIf:
    """What is tried at present."""
    tried: WhatIf = state.get(WHAT_IF, NOTHING)
    return tried


def try_modes(state: MutableMapping[str, Any], modes: Mapping[str, TravelMode]) -> None:
    """Try other speeds; the modes given are all that differ from the project's."""
    state[WHAT_IF] = replace(what_if(state), modes=dict(modes))


def try_road_changes(state: MutableMapping[str, Any], changes: tuple[RoadChange, ...]) -> None:
    """Try other roads; the changes given are all there are."""
    state[WHAT_IF] = replace(what_if(state), road_changes=changes)


def try_scenario(state: MutableMapping[str, Any], scenario: Scenario | None) -> None:
    """Try a scenario on every page; None tries none."""
    state[WHAT_IF] = replace(what_if(state), scenario=scenario)


def try_nothing(state: MutableMapping[str, Any]) -> None:
    """Back to the project as it is."""
    state.pop(WHAT_IF, None)
