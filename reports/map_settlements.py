"""The layers that one reading of a standard adds: circles, and who is inside and who is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from coverage.measures import is_counted, is_disputed
from coverage.studies.study import measured_readings
from reports import map_styles as styles
from reports.figures import people_text, range_text
from reports.map_layers import SERVICE, MapLayer, records
from reports.map_shapes import Feature, MapArea, Phrases, feature
from reports.map_text import (
    failed_rule,
    is_known,
    nearest_lines,
    origin_lines,
    people_line,
)
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd

    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment

REFERENCE_QUANTILE: Final = 0.95
"""The settlement that is drawn with the reference radius."""

_SETTLEMENTS: Final = {
    "not_counted": ("不考核的村（社区）", 190, styles.NOT_COUNTED),
    "covered": ("已覆盖的村（社区）", 200, styles.COVERED),
    "gaps": ("未覆盖的村（社区）", 300, styles.GAP),
    "uncertain": ("结论存疑的村（社区）", 310, styles.UNCERTAIN),
    "disputed": ("各口径结论不一致的村（社区）", 320, styles.DISPUTED),
}
"""Name, place in the drawing order and style of each layer of settlements."""


def service_area_layer(assessment: Assessment, reading: Reading, area: MapArea) -> MapLayer:
    """The ground that all facilities cover together by one reading."""
    covered = assessment.covered_areas.geometry[reading.reading_id]
    whole = shapely.simplify(covered, area.tolerance_m)
    features = [] if whole.is_empty else [feature(area.polygon(whole))]
    return MapLayer(
        "service_areas", "服务圈", SERVICE, "area", 10, styles.SERVICE_AREA, features,
        pane="ground",
        count=reading.cutoff_text,
    )  # fmt: skip


def settlement_layers(
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    area: MapArea,
    *,
    facility_names: Mapping[str, str],
) -> list[MapLayer]:
    """
    Settlements by one reading: uncovered, covered, those whose verdict changes within the error
    band, and those that the standard does not count.

    Parameters
    ----------
    assessment
        Result of an assessment.
    standard, reading
        One of its standards and one of that standard's readings.
    area
        The study area.
    facility_names
        Names to tell, by facility id.
    """
    measured = measured_readings(assessment.layers, standard)
    demand = assessment.demand
    gaps = assessment.gaps
    failed = set(gaps.loc[gaps["reading_id"] == reading.reading_id, "demand_id"])
    uncovered = demand.index.isin(failed)
    reached = demand[f"{reading.reading_id}_covered"].to_numpy(dtype=bool)
    counted = is_counted(demand, standard).to_numpy()
    covered = reached & counted & ~uncovered
    people = people_of(demand, standard)
    full_zoom = area.zoom_for(int(counted.sum()), spacing_px=styles.SETTLEMENT_SPACING_PX)
    describe = _Settlements(standard, reading, area, facility_names, full_zoom)
    doubtful = counted & (demand[f"{reading.reading_id}_verdict"] == "uncertain").to_numpy()
    disputed = counted & is_disputed(demand, [one.reading_id for one in measured]).to_numpy()
    # cutting rows out of dozens of columns would take longer than telling them
    demand = demand[describe.needed(demand.columns, measured)]
    layers = [
        describe.gap_layer(demand[uncovered], reference=reference_people(people[counted])),
        describe.covered_layer(demand[covered]),
    ]
    if doubtful.any():
        layers.append(describe.uncertain_layer(demand[doubtful]))
    if disputed.any():
        layers.append(describe.disputed_layer(demand[disputed], measured))
    rest = demand[~uncovered & ~covered]
    return [*layers, describe.not_counted_layer(rest)] if len(rest) else layers


def people_of(demand: gpd.GeoDataFrame, standard: Standard) -> pd.Series:
    """People of the standard's group in each settlement; NaN where the table does not say."""
    if standard.demand_group in demand.columns:
        return demand[standard.demand_group].astype(float)
    return pd.Series(np.nan, index=demand.index)


def reference_people(people: pd.Series) -> float:
    """People of the settlement that is drawn with the reference radius; 1 where none is known."""
    known = people[people > 0]
    return max(float(known.quantile(REFERENCE_QUANTILE)), 1.0) if len(known) else 1.0


@dataclass(frozen=True)
class _Settlements:
    """Layers of settlements by one reading of one standard."""

    standard: Standard
    reading: Reading
    area: MapArea
    facility_names: Mapping[str, str]
    full_zoom: int

    def needed(self, columns: Iterable[str], measured: Sequence[Reading]) -> list[str]:
        """Those of the columns of the demand that the layers are made from."""
        more = [f"{self.reading.reading_id}_{name}" for name in ("fast", "slow")]
        more += [f"{one.reading_id}_covered" for one in measured]
        wanted = {*self._columns, *more, "geometry"}
        return [name for name in columns if name in wanted]

    def gap_layer(self, rows: gpd.GeoDataFrame, *, reference: float) -> MapLayer:
        people = people_of(rows, self.standard)
        # The largest come first, so that a small one on top can still be pointed at.
        order = np.argsort(-people.fillna(0).to_numpy(), kind="stable")
        known = float(people.sum())
        layer = self._layer(rows.iloc[order], "gaps", reference=reference)
        return replace(
            layer,
            detail=f"共 {people_text(known)}" if known else "",
            unknown_style=styles.GAP_UNKNOWN if people.isna().any() else {},
            size_key=size_key(float(people.max()), reference) if known else [],
        )

    def covered_layer(self, rows: gpd.GeoDataFrame) -> MapLayer:
        return self._layer(rows, "covered")

    def uncertain_layer(self, rows: gpd.GeoDataFrame) -> MapLayer:
        """Who may flip within the error band."""
        prefix, by_time = self.reading.reading_id, self.reading.measure == "travel_time"
        lines = [
            [f"误差范围：{range_text(fast, slow, by_time=by_time)}"]
            for fast, slow in zip(rows[f"{prefix}_fast"], rows[f"{prefix}_slow"], strict=True)
        ]
        detail = f"误差范围跨过 {self.reading.cutoff_text}"
        return self._rings(rows, "uncertain", lines=lines, detail=detail)

    def disputed_layer(self, rows: gpd.GeoDataFrame, readings: Sequence[Reading]) -> MapLayer:
        """Whom some readings of the standard cover and others do not."""
        verdicts = zip(*(rows[f"{one.reading_id}_covered"] for one in readings), strict=True)
        lines = [
            [
                f"{one.name}：{'已覆盖' if covered else '未覆盖'}"
                for one, covered in zip(readings, each, strict=True)
            ]
            for each in verdicts
        ]
        return self._rings(rows, "disputed", lines=lines, detail=f"{len(readings)} 种口径比较")

    def _rings(
        self, rows: gpd.GeoDataFrame, layer_id: str, *, lines: list[list[str]], detail: str
    ) -> MapLayer:
        """Rings around dots of the other layers, off until they are asked for."""
        phrases = Phrases()
        names = rows["demand_name"].map(plain_text)
        features = [
            feature(
                point, identity=str(demand_id), name=name,
                lines=phrases.numbers(plain_text(line) for line in told),
            )
            for point, demand_id, name, told in zip(
                self.area.points(rows.geometry.to_numpy()), rows.index, names, lines, strict=True
            )
        ]  # fmt: skip
        return replace(
            self._layer(rows.iloc[:0], layer_id),
            features=features,
            phrases=phrases.texts,
            count=f"{len(rows):,} 个",
            detail=detail,
            visible=False,
        )

    def not_counted_layer(self, rows: gpd.GeoDataFrame) -> MapLayer:
        return self._layer(rows, "not_counted")

    def _layer(
        self, rows: gpd.GeoDataFrame, layer_id: str, *, reference: float | None = None
    ) -> MapLayer:
        name, order, style = _SETTLEMENTS[layer_id]
        phrases = Phrases()
        features = self._features(rows, phrases, reference=reference)
        return MapLayer(
            layer_id, name, SERVICE, "dot", order, style, features, phrases.texts, "（无名称）",
            count=f"{len(rows):,} 个", clickable=True, full_zoom=self.full_zoom,
        )  # fmt: skip

    @property
    def _columns(self) -> list[str]:
        trip = ("facility_id", "travel_time_s", "distance_m")
        of_reading = [f"{self.reading.reading_id}_{name}" for name in trip]
        return ["demand_name", "origin", self.standard.demand_group, *of_reading]

    def _features(
        self, rows: gpd.GeoDataFrame, phrases: Phrases, *, reference: float | None
    ) -> list[Feature]:
        points = self.area.points(rows.geometry.to_numpy())
        cells = records(rows, self._columns)
        failed = reference is not None
        return [
            feature(
                point, identity=str(demand_id), name=plain_text(row["demand_name"]),
                lines=phrases.numbers(plain_text(x) for x in self._lines(row, failed=failed)),
                **self._size(row, reference),
            )
            for point, (demand_id, row) in zip(points, cells.items(), strict=True)
        ]  # fmt: skip

    def _size(self, row: Mapping[str, object], reference: float | None) -> dict[str, object]:
        if reference is None:
            return {}
        people = row.get(self.standard.demand_group)
        if not is_known(people):
            return {"unknown": True}
        return {"radius": styles.people_radius(float(people), reference=reference)}

    def _lines(self, row: Mapping[str, object], *, failed: bool) -> list[str]:
        prefix = self.reading.reading_id
        seconds = float(row[f"{prefix}_travel_time_s"])
        metres = float(row[f"{prefix}_distance_m"])
        facility_id = row[f"{prefix}_facility_id"]
        facility = self.facility_names[facility_id] if is_known(facility_id) else ""
        lines = [
            people_line(row.get(self.standard.demand_group), self.standard),
            *nearest_lines(facility, seconds, metres, self.reading),
        ]
        if failed:
            lines.append(failed_rule(seconds, metres, self.reading))
        return lines + origin_lines(row["origin"])


def size_key(largest: float, reference: float) -> list[tuple[float, str]]:
    """Radius and text of up to three sample circles with round numbers of people."""
    # Circles grow no further than a limit, so a sample beyond it would say nothing either.
    limit = (styles.LARGEST_RADIUS_PX / styles.PEOPLE_RADIUS_PX) ** 2 * reference
    top = nice_number(min(largest, limit))
    samples = [
        (styles.people_radius(people, reference=reference), people_text(people))
        for people in sorted({nice_number(top / 10), nice_number(top / 3), top})
        if people >= 1
    ]
    # Below a certain size all circles are equal, and a sample would say nothing.
    return [one for one in samples[:-1] if one[0] > styles.SMALLEST_RADIUS_PX] + samples[-1:]


def nice_number(value: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not above `value`; 0 below 1."""
    if value < 1:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step * power for step in (1, 2, 5) if step * power <= value))
