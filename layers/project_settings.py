"""The tables of `project.toml`, as data: every key there is, and which keys go together."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from coverage.impedance import MOST_SPEED_KPH
from layers.project_columns import Text  # noqa: TC001 - pydantic looks it up
from layers.project_lists import BoundariesTable, DemandTable, FacilitiesTable, LayerTable
from layers.project_report import ReportTable
from layers.project_siting import SitingTable  # noqa: TC001 - pydantic looks it up
from layers.settings import Settings

CORRECTIONS_FILE = "corrections.csv"
"""Where the changes of a project's data are kept, if the project does not say."""

OSM_SUFFIXES = (".pbf",)
EDGE_TABLE_SUFFIXES = (".csv", ".gpkg")
TABLE_KEYS = ("nodes", "columns", "crs", "long_edges")
"""Keys of `[roads]` that only an edge table has."""

TARGETS_FILE = "targets.toml"
"""Where what the planner decides about targets is kept, if the project does not say."""

SCENARIOS_FOLDER = "scenarios"
"""Folder with a file for each scenario, if the project does not say."""

SpeedKph = Annotated[float, Field(gt=0, le=MOST_SPEED_KPH)]

DelayS = Annotated[float, Field(ge=0, le=600)]
"""Seconds lost at one junction."""

MAX_BUFFER_KM = 2000.0
"""Beyond this no facility is within reach of anybody."""


class ProjectTable(Settings):
    """
    `[project]`.

    `label` is a sentence that stands on every screen and export, e.g. "合成数据"; `corrections`
    the file in which changes made on screen are kept, `targets` that in which the planner's choices
    about targets are, `scenarios` the folder of its scenarios; none of them need exist.
    """

    name: Text
    label: str = ""
    corrections: Text = CORRECTIONS_FILE
    targets: Text = TARGETS_FILE
    scenarios: Text = SCENARIOS_FOLDER


class RoadsTable(Settings):
    """
    `[roads]`.

    `long_edges` says what becomes of edges of a table that are much longer than their line
    (`layers.road_files.roads_tables`).
    """

    file: Text | None = None
    nodes: Text | None = None
    source: Literal["download"] | None = Field(default=None, alias="from")
    place: Text | None = None
    overpass_url: Text | None = None
    cache: Text | None = None
    columns: dict[str, Text] = Field(default_factory=dict)
    crs: Text | None = None
    long_edges: Literal["keep", "straighten", "drop"] = "keep"

    @model_validator(mode="before")
    @classmethod
    def _moved(cls, table: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        if isinstance(table, dict) and "access_speed_kph" in table:
            msg = (
                "的 access_speed_kph 不再用，"
                "请改写成 [modes.drive] 和 [modes.ambulance] 的 access_kph，并写明 source"
            )
            raise ValueError(msg)
        return table

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if (self.file is None) == (self.source is None):
            msg = '要写 file 或 from = "download" 其中之一'
            raise ValueError(msg)
        if self.file is not None:
            self._check_road_file(self.file.lower())
        unused = ("place", "overpass_url", "cache") if self.file else TABLE_KEYS
        idle = [key for key in unused if key in self.model_fields_set]
        if idle:
            given = "file" if self.file else 'from = "download"'
            msg = f"写了 {given}，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        return self

    def _check_road_file(self, file: str) -> None:
        if not file.endswith((*OSM_SUFFIXES, ".graphml", *EDGE_TABLE_SUFFIXES)):
            msg = (
                f"的 file“{self.file}”不是能读的路网：支持 .osm.pbf、.graphml，"
                "以及路段表（.csv 或 .gpkg，另写 nodes）"
            )
            raise ValueError(msg)
        is_table = file.endswith(EDGE_TABLE_SUFFIXES)
        if is_table and self.nodes is None:
            msg = f"的 file“{self.file}”是路段表，还要用 nodes 写明节点表"
            raise ValueError(msg)
        idle = [key for key in TABLE_KEYS if key in self.model_fields_set]
        if not is_table and idle:
            msg = f"的 file“{self.file}”不是路段表，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)


class BarriersTable(LayerTable):
    """
    `[barriers]`: what no access leg may cross.

    Without the table, water, railways and motorways of the OSM extract of the roads;
    `from = "none"` switches them off, `file` adds lines and polygons of the county's own.
    """

    source: Literal["osm", "none"] | None = Field(default=None, alias="from")

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if self.source is None and self.file is None:
            msg = '要写 file 或 from 其中之一（from 可写 "osm" 或 "none"）'
            raise ValueError(msg)
        idle = [key for key in ("crs", "layer") if key in self.model_fields_set]
        if self.file is None and idle:
            msg = f"没有写 file，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        if self.source == "none" and self.file is not None:
            msg = '写了 from = "none" 又写了 file；只用自己的障碍图层时写 file 即可'
            raise ValueError(msg)
        return self


class ModeTable(Settings):
    """
    `[modes.<mode_id>]`: what a project changes in one travel mode.

    `speeds` and `surfaces` replace or add single entries of the shipped table; `closed` takes
    road classes out. `user` says whose access tags hold, and `source` where the new numbers
    come from.
    """

    source: Text
    user: Literal["foot", "bicycle", "motor"] | None = None
    speeds: dict[str, SpeedKph] = Field(default_factory=dict)
    surfaces: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    closed: list[str] = Field(default_factory=list)
    access_kph: SpeedKph | None = None
    max_kph: SpeedKph | None = None
    obeys_max_speed: bool | None = None
    junction_delay_s: DelayS | None = None
    signal_delay_s: DelayS | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        double = sorted(set(self.speeds) & set(self.closed))
        if double:
            msg = f"里 {double[0]} 既给了速度又写在 closed 里，请留一处"
            raise ValueError(msg)
        if self.model_fields_set == {"source"}:
            msg = "只写了 source，没有改任何数字，请写明改什么或删去这张表"
            raise ValueError(msg)
        return self


class ModeTables(Settings):
    """All `[modes.*]` by themselves, as the screen makes them."""

    modes: dict[str, ModeTable]


class ErrorBandTable(Settings):
    """
    `[error_band]`: how far speeds and the road map may be off.

    `speed_percent` either way; off-road legs longer than `thin_road_m` mean that the road map is
    thin there, and the way may be `detour` times the straight line.
    """

    speed_percent: Annotated[float, Field(ge=0, lt=100)] = 20.0
    thin_road_m: Annotated[float, Field(gt=0)] = 300.0
    detour: Annotated[float, Field(ge=1, le=5)] = 1.33


class AssessmentTable(Settings):
    """
    `[assessment]`.

    `targets` replaces the share a standard aims at; `buffer_km` how far beyond the study area
    roads and facilities are read; `cross_border` says by standard whether facilities outside the
    study area may serve, `modes` by which mode people travel; demand farther than
    `far_from_road_m` from any road is listed.
    """

    standards: list[Text] = Field(min_length=1)
    targets: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    buffer_km: float | None = Field(default=None, ge=0, le=MAX_BUFFER_KM)
    cross_border: dict[str, bool] = Field(default_factory=dict)
    modes: dict[str, Text] = Field(default_factory=dict)
    far_from_road_m: float = Field(default=500.0, gt=0)

    @model_validator(mode="after")
    def _known(self) -> Self:
        for key in ("targets", "cross_border", "modes"):
            strange = [name for name in getattr(self, key) if name not in self.standards]
            if strange:
                msg = f"的 {key} 写了没有评估的标准：{'、'.join(strange)}"
                raise ValueError(msg)
        double = sorted({name for name in self.standards if self.standards.count(name) > 1})
        if double:
            msg = f"的 standards 里有重复：{'、'.join(double)}"
            raise ValueError(msg)
        return self


class CapacityTable(Settings):
    """
    One `[[capacity]]`: how many persons one unit of capacity serves, an assumption with a source.

    `column` says what is counted: "capacity_beds" (beds) or "area_m2" (square metres).
    """

    standard: Text
    column: Literal["capacity_beds", "area_m2"]
    persons_per_unit: float = Field(gt=0)
    source: Text


class MapTable(Settings):
    """`[map]`: an optional basemap; off unless its address is given."""

    basemap_url: Text | None = None
    attribution: str = ""


class ProjectSettings(Settings):
    """A whole `project.toml`."""

    project: ProjectTable
    boundaries: BoundariesTable
    roads: RoadsTable
    demand: DemandTable
    facilities: list[FacilitiesTable] = Field(min_length=1)
    assessment: AssessmentTable
    map: MapTable = MapTable()
    barriers: BarriersTable | None = None
    modes: dict[str, ModeTable] = Field(default_factory=dict)
    error_band: ErrorBandTable = ErrorBandTable()
    capacity: list[CapacityTable] = Field(default_factory=list)
    siting: SitingTable | None = None
    report: ReportTable = ReportTable()

    @model_validator(mode="after")
    def _capacity(self) -> Self:
        pairs = [(table.standard, table.column) for table in self.capacity]
        for place, pair in enumerate(pairs):
            what = f"「capacity」的第 {place + 1} 项"
            if pair[0] not in self.assessment.standards:
                msg = (
                    f"{what}写了没有评估的标准“{pair[0]}”，"
                    f"[assessment] 里有 {'、'.join(self.assessment.standards)}"
                )
                raise ValueError(msg)
            if pair in pairs[:place]:
                msg = f"{what}与第 {pairs.index(pair) + 1} 项的 standard、column 相同，请留一处"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _osm_file(self) -> Self:
        if (self.roads.file or "").lower().endswith(OSM_SUFFIXES):
            return self
        tables = [("boundaries", self.boundaries), ("demand", self.demand)]
        tables += [("facilities", table) for table in self.facilities]
        bare = [name for name, table in tables if table.source == "osm" and table.file is None]
        if bare:
            msg = (
                f'「{bare[0]}」写了 from = "osm"，而 [roads] 的 file 不是 .osm.pbf，'
                "请另用 file 写明 .osm.pbf 文件"
            )
            raise ValueError(msg)
        in_file = self.boundaries.people is None and self.boundaries.source == "osm"
        if self.demand.population_by_zone is not None and in_file:
            msg = "「demand」的 population_by_zone 要用边界文件里的列，[boundaries] 不能是 OSM"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_total(self) -> Self:
        by_zone, mapped = self.demand.population_by_zone, self.boundaries.people_column
        if by_zone is not None and mapped is not None and by_zone != mapped:
            where = "people 的 columns" if self.boundaries.people is not None else "columns"
            msg = (
                f"「demand」的 population_by_zone 写的是“{by_zone}”，「boundaries」的 {where} 的 "
                f"population 写的是“{mapped}”，请改成同一列"
            )
            raise ValueError(msg)
        return self
