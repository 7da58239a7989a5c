"""Points whose way to the road deserves a second look: listed, never dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.access.road_parts import MAIN_PART, part_of_points

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

NO_ROAD: Final = "no_way_to_road"
ACROSS_BARRIER: Final = "across_barrier"
IN_WATER: Final = "in_water"
FAR_FROM_ROAD: Final = "far_from_road"
SEPARATE_PART: Final = "separate_part"

ISSUES: Final = {
    NO_ROAD: "同侧没有可用的道路",
    ACROSS_BARRIER: "最近道路隔着障碍",
    IN_WATER: "落在水面里",
    FAR_FROM_ROAD: "离道路过远",
    SEPARATE_PART: "所在道路与主路网不相连",
}
"""Chinese name of each issue, by code."""

CHECK_COLUMNS: Final = (
    "layer",
    "point_id",
    "point_name",
    "zone_id",
    "population",
    "mode_id",
    "issue",
    "nearest_road_m",
    "access_m",
    "barrier",
)


def access_checks(
    points: gpd.GeoDataFrame,
    *,
    layer: str,
    mode: TravelMode,
    network: RoadNetwork,
    snaps: Snaps,
    far_from_road_m: float,
) -> pd.DataFrame:
    """
    The points of a layer whose way to the road is doubtful for one mode.

    Parameters
    ----------
    points
        Shape (n, ...), demand or facilities, indexed by id.
    layer
        "demand" or "facilities".
    mode, network
        A single travel mode and its roads.
    snaps
        The points on the network.
    far_from_road_m
        Metres of access leg beyond which a point is listed.

    Returns
    -------
    checks
        One row per point and issue, in the order of `ISSUES` and of the points, columns
        `CHECK_COLUMNS`: `layer`, `point_id`, `point_name`, `zone_id`, `population` (persons),
        `mode_id`, `issue`, `nearest_road_m` (straight to the nearest usable road), `access_m`
        (the leg taken; `inf` where there is none) and `barrier` (Chinese word for what lies
        across, "" where nothing does).
    """
    access_m = snaps.nearest_access_m
    reached = np.isfinite(access_m)
    part = part_of_points(network, snaps)
    found = {
        NO_ROAD: ~reached,
        ACROSS_BARRIER: reached & (snaps.barrier >= 0),
        IN_WATER: _in_water(points, network),
        FAR_FROM_ROAD: reached & (access_m > far_from_road_m),
        SEPARATE_PART: reached & (part != MAIN_PART),
    }
    names = np.append(network.barriers.name, "")
    table = pd.DataFrame(
        {
            "layer": layer,
            "point_id": points.index.to_numpy(dtype=object),
            "point_name": points[
                "demand_name" if layer == "demand" else "facility_name"
            ].to_numpy(),
            "zone_id": _column(points, "zone_id", None),
            "population": _column(points, "population", np.nan),
            "mode_id": mode.mode_id,
            "nearest_road_m": snaps.nearest_road_m,
            "access_m": access_m,
            # The last name, "", is that of position -1.
            "barrier": names[snaps.barrier],
        }
    )
    rows = [table[mask].assign(issue=issue) for issue, mask in found.items()]
    checks: pd.DataFrame = pd.concat(rows, ignore_index=True)
    return checks[list(CHECK_COLUMNS)]


def _in_water(points: gpd.GeoDataFrame, network: RoadNetwork) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(points), dtype=bool)
    found[network.barriers.holding(points.geometry.get_coordinates().to_numpy())[0]] = True
    return found


def _column(points: pd.DataFrame, name: str, missing: object) -> object:
    return points[name].to_numpy() if name in points.columns else missing
