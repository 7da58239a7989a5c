"""What places and people are called on paper: villages, buildings, counties, 农村常住人口.

Demand is a county's list of villages as a rule, and may be buildings of a map or cells of a raster;
a sentence that calls 7,833 buildings villages would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.notices import GROUP_NAMES
from coverage.rules.target import LEVEL_NAMES
from coverage.studies.study import counted_facilities
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Layers

_SCOPES: Final = {"all": "全域", "urban": "城镇", "rural": "农村"}
_COUNTY: Final = "县（市、区）"
_LARGE: Final = ("county", "city", "province")
"""Levels of zones in which a demand point is a whole settlement."""


@dataclass(frozen=True)
class PlaceWords:
    """
    Names of the places of one project.

    Parameters
    ----------
    demand
        A demand point: "村（社区）".
    short
        The same at the head of a narrow column: "村".
    zone
        A zone: "乡镇（街道）".
    """

    demand: str
    short: str
    zone: str

    @property
    def bare(self) -> str:
        """A demand point where brackets stand already: "村"."""
        return self.demand.removesuffix("（社区）")


_VILLAGE: Final = ("村（社区）", "村")
_SETTLEMENT: Final = ("居民点", "点")
_OF_ORIGIN: Final[Mapping[str, tuple[str, str]]] = {
    "osm": ("居住建筑", "点"),
    "inferred": _SETTLEMENT,
    "raster": ("人口格网", "点"),
}
"""What a demand point is by where it comes from; lists name villages."""

_MIXED: Final = ("需求点", "点")

_NAMED_KINDS: Final = 3


def place_words(layers: Layers) -> PlaceWords:
    """
    What demand points and zones are called.

    Parameters
    ----------
    layers
        What is assessed; zones of several levels are plain zones.
    """
    levels = layers.zones["zone_level"].unique()
    level = str(levels[0]) if len(levels) == 1 else ""
    zone = _COUNTY if level == "county" else LEVEL_NAMES.get(level, "行政单元")
    usual = _SETTLEMENT if level in _LARGE else _VILLAGE
    found = {_OF_ORIGIN.get(str(one), usual) for one in layers.demand["origin"].unique()}
    demand, short = found.pop() if len(found) == 1 else _MIXED if found else usual
    return PlaceWords(demand, short, zone)


def group_name(standard: Standard, demand: pd.DataFrame) -> str:
    """
    Whom a standard is for: "农村常住人口".

    Parameters
    ----------
    standard
        Its scope and its group of people.
    demand
        Contract `DEMAND`; where it does not tell town from country, everybody counts.
    """
    group = GROUP_NAMES.get(standard.demand_group, standard.demand_group)
    scope = standard.scope if "settlement" in demand.columns else "all"
    return f"{_SCOPES[scope]}{group}"


def kind_name(kinds: Mapping[str, FacilityKind], code: str) -> str:
    """Name of a kind of facility; its code where the catalogue does not have it."""
    kind = kinds.get(code)
    return kind.name if kind is not None else plain_text(code)


def missing_words(
    layers: Layers, standard: Standard, reading: Reading, *, kinds: Mapping[str, FacilityKind]
) -> str:
    """
    What a reading lacks to be measured: "没有院前急救站"; "" where nothing is missing.

    Parameters
    ----------
    layers
        What is assessed.
    standard, reading
        A standard and one of its readings; one from a station needs stations, too.
    kinds
        By code.
    """
    missing = [
        code
        for wanted in (standard.kinds, reading.station_kinds)
        if wanted and counted_facilities(layers, standard, wanted).empty
        for code in wanted
    ]
    if not missing:
        return ""
    named = "、".join(kind_name(kinds, code) for code in missing[:_NAMED_KINDS])
    return f"没有{named}{'等' if len(missing) > _NAMED_KINDS else ''}"
