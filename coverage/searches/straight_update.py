"""The nearest facility as the crow flies, kept up to date as single facilities change.

As `coverage.searches.nearest_update` does it along roads: only the demand points of a facility
that goes look for another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.catchment import nearest_by_straight_line
from coverage.snapping import check_points

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import numpy.typing as npt

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class StraightIndex:
    """
    The nearest facilities of d demand points.

    Parameters
    ----------
    demand
        Points in a projected CRS.
    places
        Where each open facility stands, by id.
    facility_id
        Shape (d,), None where there is no facility.
    distance_m
        Shape (d,), metres; `inf` where there is no facility.
    """

    demand: gpd.GeoSeries
    places: Mapping[Hashable, shapely.Point]
    facility_id: npt.NDArray[np.object_]
    distance_m: FloatArray

    @classmethod
    def prepare(cls, demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> StraightIndex:
        """
        Make the full run that later changes start from.

        Parameters
        ----------
        demand, facilities
            As `coverage.catchment.nearest_by_straight_line`.

        Raises
        ------
        CrsError, InputError
            As `coverage.catchment.nearest_by_straight_line`.
        """
        trips = nearest_by_straight_line(demand, facilities)
        return cls(
            demand.geometry,
            dict(zip(facilities.index, facilities.geometry, strict=True)),
            trips["facility_id"].to_numpy(dtype=object),
            trips["distance_m"].to_numpy(),
        )

    def with_change(self, facility_id: Hashable, place: shapely.Point | None) -> StraightIndex:
        """
        The index with a facility at a place, opened there or moved, or without it.

        Parameters
        ----------
        facility_id
            Of the facility.
        place
            Where it stands from now on; None where it closes.

        Raises
        ------
        InputError
            If the place is no finite point.
        """
        places = {name: point for name, point in self.places.items() if name != facility_id}
        ids, metres = self.facility_id.copy(), self.distance_m.copy()
        freed = self._rows_of(facility_id)
        ids[freed], metres[freed] = self._nearest_of(freed, places)
        if place is not None:
            check_points(gpd.GeoSeries([place], index=pd.Index([facility_id], dtype=object)))
            places[facility_id] = place
            found_m = shapely.distance(self.demand.to_numpy(), place)
            wins = found_m < metres
            # Of equally near facilities the one with the smallest id counts.
            for row in np.flatnonzero(found_m == metres).tolist():
                wins[row] = facility_id < ids[row]
            ids[wins], metres[wins] = facility_id, found_m[wins]
        return replace(self, places=places, facility_id=ids, distance_m=metres)

    def changed_by(self, facility_id: Hashable, before: StraightIndex) -> IntArray:
        """
        Positions of the demand points that a change of one facility concerns.

        Parameters
        ----------
        facility_id
            Of the facility that was opened, moved or closed.
        before
            The index before that.
        """
        return np.union1d(self._rows_of(facility_id), before._rows_of(facility_id))

    def legs(self, rows: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """
        From demand points to their facilities.

        Parameters
        ----------
        rows
            Positions of demand points.

        Returns
        -------
        rows
            Those that have a facility.
        start_xy, end_xy
            Shape (rows, 2), metres.
        """
        rows = rows[np.isfinite(self.distance_m[rows])]
        ends = [self.places[name] for name in self.facility_id[rows]]
        start = shapely.get_coordinates(self.demand.to_numpy()[rows])
        return rows, start, shapely.get_coordinates(ends).reshape(-1, 2)

    def _rows_of(self, facility_id: Hashable) -> IntArray:
        whose: BoolArray = self.facility_id == facility_id
        return np.flatnonzero(whose)

    def _nearest_of(
        self, rows: IntArray, places: Mapping[Hashable, shapely.Point]
    ) -> tuple[npt.NDArray[np.object_], FloatArray]:
        """The facilities of some demand points, and how far they are."""
        if not len(rows):
            return np.zeros(0, dtype=object), np.zeros(0)
        demand = gpd.GeoDataFrame(geometry=self.demand.iloc[rows])
        facilities = gpd.GeoDataFrame(
            geometry=list(places.values()),
            index=pd.Index(list(places), dtype=object),
            crs=self.demand.crs,
        )
        trips = nearest_by_straight_line(demand, facilities)
        return trips["facility_id"].to_numpy(dtype=object), trips["distance_m"].to_numpy()
