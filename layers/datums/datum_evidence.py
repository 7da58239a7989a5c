"""Which datum a list of coordinates is written in: a proposal, with what speaks for it.

The wrong reading of degrees is a shift by some 500 m (GCJ-02) or 1,300 m (BD-09), much the same for
all of a county, so the question is at which shift the points lie closest to the roads. How much
closer than by chance is told by the list itself: its points are moved together by some two thousand
other shifts, and their closeness there is the measure. That takes sparse roads, short lists and
points in clusters into account without a model of any of them.

A proposal is never a decision: the planner looks at the readings on the map and declares one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.datums.chance import (
    FARTHEST_SHIFT_M,
    FEWEST_PLACES,
    SHIFT_STEP_M,
    SIGMAS_ABOVE_CHANCE,
    SIGMAS_ABOVE_NEXT,
    chance_closeness,
    sample_places,
    shift_words,
)
from layers.datums.clusters import shift_clusters, tail_of_another
from layers.datums.nearness import Surroundings, median_distance_m
from layers.datums.readings import Placed, as_written, is_projected, likely_datums, placed

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.spatial import cKDTree

    from layers.datums.chance import Chance
    from layers.datums.datum import Datum

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

MOST_ROWS: Final = 5_000
"""Rows that are read in every datum, chosen by lot; their shares are good to a percent."""

SIGMAS_OF_ANOTHER: Final = 2.0
"""A shift that no reading explains speaks against all of them if it is closer by this much."""

MOST_MEDIAN_M: Final = 150.0
"""A list half of whose points lie farther from roads says nothing of its datum."""

LEAST_INSIDE: Final = 0.8
"""Share of a list that must lie in the study area."""

MIXED_REMEDY: Final = "文件可能混用了坐标系，请先逐行分开。"

SUFFICIENT: Final = "依据充分"
INSUFFICIENT: Final = "依据不足，请自行核对"


@dataclass(frozen=True)
class Reading:
    """
    A list read in one datum.

    Parameters
    ----------
    datum
        The reading; its name may be written into project.toml.
    share_inside
        Share of the list that lies in the study area.
    road_m, building_m
        Median distance to the nearest road and building, metres; NaN where it is not known.
    closeness
        Mean of `Surroundings.closeness`, between 0 and 1.
    """

    datum: Datum
    share_inside: float
    road_m: float
    building_m: float
    closeness: float

    def __str__(self) -> str:
        text = f"按 {self.datum.name} 读取：{self.share_inside:.0%} 的点在研究区内"
        if np.isfinite(self.road_m):
            text += f"，离最近道路的中位距离 {self.road_m:.0f} 米"
        if np.isfinite(self.building_m):
            text += f"，离最近建筑 {self.building_m:.0f} 米"
        return f"{text}。"


@dataclass(frozen=True)
class DatumEvidence:
    """
    What speaks for which datum.

    Parameters
    ----------
    readings
        Those that place anything in the study area, the likeliest first.
    proposal
        The likeliest datum; None where too few places could tell several readings apart, or the
        likeliest moves the list away from the roads.
    is_sufficient
        Whether the evidence is strong enough to rely on, after a look at the map.
    reasons
        Chinese sentences: what was seen, then what is in doubt.
    places
        Different places that were looked at.
    shift_m
        Metres east and north by which the list, taken as it is written, lies closest to the roads;
        None where no shift stands out.
    stated
        What the headers of the coordinates say, see `with_header`; None where they say nothing.
    """

    readings: tuple[Reading, ...]
    proposal: Datum | None
    is_sufficient: bool
    reasons: tuple[str, ...]
    places: int = 0
    shift_m: tuple[float, float] | None = None
    stated: Datum | None = None

    @property
    def confidence(self) -> str:
        """`SUFFICIENT` or `INSUFFICIENT`, as planners read it."""
        return SUFFICIENT if self.is_sufficient else INSUFFICIENT


def propose_datum(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    roads: cKDTree,
    area: shapely.Geometry,
    crs: str,
    buildings: cKDTree | None = None,
) -> DatumEvidence:
    """
    The datum that a list of coordinates is likely written in, and why.

    Tried are WGS84 (with CGCS2000), GCJ-02 and BD-09 with either coordinate first, and for values
    beyond 180 the zones of CGCS2000 with and without zone number, X east or north.

    Parameters
    ----------
    x, y
        Shape (n,), as they stand in the file; NaN where a cell is no number.
    roads
        From `layers.datums.nearness.road_tree`, in `crs`.
    area
        Study area in `crs`.
    crs
        The project's CRS, in metres.
    buildings
        From `layers.datums.nearness.outline_tree`, where they are known.

    Returns
    -------
    evidence
        A proposal; whether it is well founded is said, and it is not where the list is short, far
        from roads, as close to them in another reading, or closer still after a further shift.
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    finite = np.isfinite(first) & np.isfinite(second)
    first, second = first[finite], second[finite]
    reasons = _number_reasons(first, second)
    if len(first) > MOST_ROWS:
        lot = np.sort(np.random.default_rng(0).choice(len(first), MOST_ROWS, replace=False))
        first, second = first[lot], second[lot]
    tried = [
        placed(first, second, datum, area=area, crs=crs)
        for datum in likely_datums(first, second, area=area, crs=crs)
    ]
    tried = [one for one in tried if one.inside.any()]
    if not tried:
        reasons.append("无论按哪种坐标系读取，都没有点落在研究区内。请检查坐标列和研究区。")
        return DatumEvidence((), None, is_sufficient=False, reasons=tuple(reasons))
    base = as_written(tried)
    near = Surroundings(roads, buildings)
    # a shift moves points over the border, so those a little outside are looked at too
    wide = shapely.buffer(area, FARTHEST_SHIFT_M)
    shapely.prepare(wide)
    sample = sample_places(base.places, wide)
    readings = sorted(
        (_reading(one, sample, near) for one in tried),
        key=lambda one: (one.share_inside >= LEAST_INSIDE * base.share_inside, one.closeness),
        reverse=True,
    )
    # readings elsewhere on the globe are none that a shift could lead to
    shifts = {
        one.datum: np.mean(one.places[sample] - base.places[sample], axis=0)
        for one in tried
        if one.share_inside >= LEAST_INSIDE * base.share_inside and len(sample)
    } or {base.datum: np.zeros(2)}
    about = shifts.get(readings[0].datum)
    chance = chance_closeness(base.places[sample], near, about=about)
    evidence = _judged(readings, shifts, chance, places=len(sample), reasons=reasons)
    at_home = [(one.datum, one.places[base.inside]) for one in tried if one.datum in shifts]
    mixed = shift_clusters(at_home, near, wide)[2]
    if mixed:
        return doubted(evidence, *mixed, MIXED_REMEDY)
    tail = tail_of_another(at_home, near, wide) if evidence.is_sufficient else None
    if tail is not None:
        best, other, share = tail
        evidence = doubted(
            evidence,
            f"可能混用了坐标系：大约 {share:.0%} 的点按 {best.name} 读取离道路远，"
            f"按 {other.name} 读取却靠近道路。请在地图上核对。",
        )
    return evidence


def doubted(evidence: DatumEvidence, *doubts: str) -> DatumEvidence:
    """
    The evidence with further doubts; it is then no longer well founded.

    Parameters
    ----------
    evidence
        As found so far.
    doubts
        Chinese sentences; without any the evidence stays as it is.
    """
    if not doubts:
        return evidence
    return replace(evidence, is_sufficient=False, reasons=(*evidence.reasons, *doubts))


def with_header(evidence: DatumEvidence, stated: Datum, *, column: str) -> DatumEvidence:
    """
    The evidence with what the header of a coordinate says, as "百度经度" does.

    Parameters
    ----------
    evidence
        By the numbers alone.
    stated
        What the header says.
    column
        The header.

    Returns
    -------
    evidence
        The header is what is proposed, unless numbers that are well founded contradict it: then
        they are, and nothing is well founded any more.
    """
    says = f"表头“{column.strip()}”写着 {stated.name}"
    mine = evidence.proposal
    agrees = mine is not None and mine.shift == stated.shift
    if mine is not None and not agrees and evidence.is_sufficient:
        told = f"{says}，按数值看却是 {mine.name}，两者矛盾，请向提供的单位核实。"
        return replace(doubted(evidence, told), stated=stated)
    told = f"{says}，与数值相符。" if evidence.is_sufficient else f"{says}，数值与此不矛盾。"
    return replace(
        evidence,
        proposal=mine if agrees else _as_ordered(stated, evidence),
        reasons=(*evidence.reasons, told),
        stated=stated,
    )


def _as_ordered(stated: Datum, evidence: DatumEvidence) -> Datum:
    """The datum with its coordinates in the order in which the numbers stand."""
    same = (one.datum for one in evidence.readings if one.datum.shift == stated.shift)
    return next(same, stated)


def _number_reasons(x: FloatArray, y: FloatArray) -> list[str]:
    metres = int(is_projected(x, y).sum())
    if not metres:
        return []
    if metres == len(x):
        return ["坐标值超过 180，是平面坐标（米），不是经纬度。"]
    mixed = f"{len(x)} 个点里有 {metres} 个的坐标值超过 180，是平面坐标（米），其余是经纬度："
    return [f"{mixed}文件混用了坐标系，请先分开。"]


def _reading(one: Placed, sample: IntArray, near: Surroundings) -> Reading:
    places = one.places[sample]
    places = places[np.isfinite(places[:, 0])]
    return Reading(
        one.datum,
        one.share_inside,
        median_distance_m(near.roads, places),
        median_distance_m(near.buildings, places),
        float(near.closeness(places).mean()) if len(places) else 0.0,
    )


def _judged(
    readings: list[Reading],
    shifts: dict[Datum, FloatArray],
    chance: Chance,
    *,
    places: int,
    reasons: list[str],
) -> DatumEvidence:
    best = readings[0]
    told = [*reasons, *(str(one) for one in readings if one.datum in shifts)]
    middle, spread = chance.spread(np.array(list(shifts.values())))
    doubts = _doubts(readings, shifts, middle=middle, spread=spread, places=places)
    farther = _farther_than_written(readings, shifts)
    several = sum(one.datum in shifts for one in readings) > 1
    is_told = not farther and (places >= FEWEST_PLACES or not several)
    doubts += farther
    top = int(np.argmax(chance.closeness))
    peak, height = chance.shifts[top], float(chance.closeness[top])
    stands_out = places >= FEWEST_PLACES and height - middle >= SIGMAS_ABOVE_CHANCE * spread
    explained = _explained(peak, shifts)
    if stands_out and explained is not None and np.linalg.norm(peak) > SHIFT_STEP_M:
        told.append(
            f"照写的坐标整体移动{shift_words(peak)}后离道路最近，"
            f"与 {explained.name} 的偏移{shift_words(shifts[explained])}相符。"
        )
    if stands_out and explained is None and height - best.closeness > SIGMAS_OF_ANOTHER * spread:
        further = peak - shifts[best.datum]
        doubts.append(
            f"按 {best.datum.name} 读取后再整体移动{shift_words(further)}会明显更贴近道路，"
            "可能是北京54、西安80、地方坐标系，或道路本身有偏移。"
        )
    if best.datum.name == "WGS84":
        told.append("CGCS2000 经纬度与 WGS84 相差不到 1 米，按同一种坐标处理。")
    return DatumEvidence(
        tuple(readings),
        best.datum if is_told else None,
        is_sufficient=not doubts,
        reasons=(*told, *doubts),
        places=places,
        shift_m=(float(peak[0]), float(peak[1])) if stands_out else None,
    )


def _explained(peak: FloatArray, shifts: dict[Datum, FloatArray]) -> Datum | None:
    """The reading whose own shift a shift agrees with, to the width of the grid."""
    nearest = min(shifts, key=lambda datum: float(np.linalg.norm(peak - shifts[datum])))
    apart = float(np.linalg.norm(peak - shifts[nearest]))
    return nearest if apart <= SHIFT_STEP_M else None


def _farther_than_written(readings: list[Reading], shifts: dict[Datum, FloatArray]) -> list[str]:
    """A doubt where the best reading moves half the list away from the roads; else []."""
    best = readings[0]
    written = next(
        (one for one in readings if one.datum in shifts and one.datum.shift == "none"), best
    )
    if not best.road_m > written.road_m:
        return []
    told = (
        f"按 {best.datum.name} 读取，离最近道路的中位距离反而比照写的坐标大"
        f"（{best.road_m:.0f} 米对 {written.road_m:.0f} 米），不作建议。"
    )
    return [told]


def _doubts(
    readings: list[Reading],
    shifts: dict[Datum, FloatArray],
    *,
    middle: float,
    spread: float,
    places: int,
) -> list[str]:
    """Why the best reading is not well founded; [] where nothing speaks against it."""
    best = readings[0]
    rival = next((one for one in readings[1:] if one.datum in shifts), None)
    doubts = []
    if places < FEWEST_PLACES:
        doubts.append(f"只有 {places} 个不同的地点，少于 {FEWEST_PLACES} 个，看不出坐标系。")
    if best.share_inside < LEAST_INSIDE:
        doubts.append(f"有 {1 - best.share_inside:.0%} 的点不在研究区内。")
    if not best.road_m <= MOST_MEDIAN_M:
        doubts.append(
            f"一半以上的点离最近道路超过 {MOST_MEDIAN_M:.0f} 米：路网太稀，或不是这几种坐标系。"
        )
    if best.closeness - middle < SIGMAS_ABOVE_CHANCE * spread:
        doubts.append("这些点离道路的远近与随意平移后差不多，不足以判断坐标系。")
    if rival is not None and best.closeness - rival.closeness < SIGMAS_ABOVE_NEXT * spread:
        doubts.append(f"按 {rival.datum.name} 读取与按 {best.datum.name} 读取差别不大，分不清。")
    elif rival is not None and rival.closeness - middle >= SIGMAS_ABOVE_CHANCE * spread:
        doubts.append(f"按 {rival.datum.name} 读取也明显靠近道路。{MIXED_REMEDY}")
    return doubts
