"""Facilities in the making: what each action changes, and the table that comes of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.scenarios.action_checks import AMOUNT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.scenarios.action import FacilityAction

SCENARIO_ORIGIN: Final = "scenario"
"""`origin` of a facility that only a scenario has."""


class FacilityDraft:
    """
    Facilities after some actions, action by action.

    The actions must be free of faults (`coverage.scenarios.facility_checks`).

    Parameters
    ----------
    facilities
        Contract `FACILITIES`; left as they are.
    """

    def __init__(self, facilities: gpd.GeoDataFrame) -> None:
        self._base = facilities
        self._values: dict[str, dict[str, Any]] = {}
        self._closed: set[str] = set()

    def value(self, facility_id: str, column: str) -> Any:  # noqa: ANN401 - a cell holds anything
        """A cell as the actions so far have left it; None where it is missing."""
        found = self._values.get(facility_id, {})
        if column in found:
            return found[column]
        if column not in self._base.columns or facility_id not in self._base.index:
            return None
        cell = self._base.loc[facility_id, column]
        return cell if isinstance(cell, shapely.Geometry) or not pd.isna(cell) else None

    def called(self, facility_id: str) -> str:
        """Name of a facility, or else its id."""
        return str(self.value(facility_id, "facility_name") or facility_id)

    def do(self, action: FacilityAction) -> None:
        """Let one action take effect."""
        own = self._values.setdefault(action.facility_id, {})
        if action.action == "close":
            del self._values[action.facility_id]
            self._closed.add(action.facility_id)
            return
        if action.action == "add":
            own |= {"facility_name": action.name or None, "origin": SCENARIO_ORIGIN}
        if action.action in {"add", "upgrade"}:
            # By which rule the old kind was recognised says nothing of the new one.
            own |= {"kind": action.kind, "kind_rule": None}
        if action.place is not None:
            own |= {"geometry": shapely.Point(action.place), "place_precision": None}
        own |= dict(action.amounts)

    @property
    def count(self) -> int:
        """How many facilities are left."""
        return len(self._base) - int(self._base.index.isin(self._closed).sum()) + len(self._added())

    def table(self) -> gpd.GeoDataFrame:
        """
        The facilities as a new table: those of the base in their order, then the new ones.

        A new facility misses what no action says of it. Columns keep their types, except that
        whole numbers become fractions where a cell is missing or a fraction.
        """
        table = self._base[~self._base.index.isin(self._closed)].copy()
        if added := self._added():
            more = pd.Index(added, dtype=table.index.dtype, name=table.index.name)
            table = table.reindex(table.index.append(more))
        rows = dict(zip(self._values, table.index.get_indexer(list(self._values)), strict=True))
        for column in dict.fromkeys(name for own in self._values.values() for name in own):
            if column == "geometry":
                continue
            if column in AMOUNT_COLUMNS and column not in table.columns:
                table[column] = np.nan
            if column in table.columns:
                told = {
                    rows[key]: own[column] for key, own in self._values.items() if column in own
                }
                table[column] = _with_values(table[column], told)
        return self._placed(table, rows)

    def _added(self) -> list[str]:
        return [key for key in self._values if key not in self._base.index]

    def _placed(self, table: gpd.GeoDataFrame, rows: Mapping[str, int]) -> gpd.GeoDataFrame:
        points = {
            rows[key]: own["geometry"] for key, own in self._values.items() if "geometry" in own
        }
        if not points:
            return table
        geometry = np.array(table.geometry.array, dtype=object)
        geometry[list(points)] = list(points.values())
        placed = gpd.GeoSeries(geometry, index=table.index, crs=self._base.crs)
        return table.assign(geometry=placed)


def facilities_after(
    facilities: gpd.GeoDataFrame, actions: Sequence[FacilityAction]
) -> gpd.GeoDataFrame:
    """
    Facilities as they are after some actions.

    Parameters
    ----------
    facilities
        Contract `FACILITIES`; left as they are.
    actions
        In order, free of faults (`coverage.scenarios.facility_checks.facility_faults`).

    Returns
    -------
    facilities
        A new table: those of the base in their order, then the new ones as they were added.
    """
    draft = FacilityDraft(facilities)
    for action in actions:
        draft.do(action)
    return draft.table()


def _with_values(column: pd.Series[Any], told: Mapping[int, Any]) -> pd.Series[Any]:
    """A column with some of its rows told anew, of the same type where that can hold them."""
    values = list(told.values())
    if pd.api.types.is_integer_dtype(column):
        if all(float(value).is_integer() for value in values):
            values = [int(value) for value in values]
        else:
            column = column.astype(float)
    elif pd.api.types.is_numeric_dtype(column) and any(isinstance(one, str) for one in values):
        # A column without a single text so far.
        column = column.astype(object)
    fresh = column.copy()
    fresh.iloc[list(told)] = values
    return fresh
