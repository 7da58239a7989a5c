"""The tables of `project.toml`, as data: every key there is, and which keys go together."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from coverage.impedance import MOST_SPEED_KPH
from layers.settings import Settings

Text = Annotated[str, Field(min_length=1)]

OSM_SUFFIXES = (".pbf",)
EDGE_TABLE_SUFFIXES = (".csv", ".gpkg")
TABLE_KEYS = ("nodes", "columns", "crs", "long_edges")
"""Keys of `[roads]` that only an edge table has."""

SpeedKph = Annotated[float, Field(gt=0, le=MOST_SPEED_KPH)]

DelayS = Annotated[float, Field(ge=0, le=600)]
"""Seconds lost at one junction."""

MAX_BUFFER_KM = 2000.0
"""Beyond this no facility is within reach of anybody."""


class _Columns(Settings):
    """Our names -> the planner's column names."""

    def mapping(self) -> dict[str, str]:
        """The names that are mapped."""
        return self.model_dump(exclude_none=True)


class _PointColumns(_Columns):
    id: Text | None = None
    name: Text | None = None
    lon: Text | None = None
    lat: Text | None = None
    x: Text | None = None
    y: Text | None = None

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        for one, other in (("lon", "lat"), ("x", "y")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                msg = f"里 {one} 和 {other} 要成对写"
                raise ValueError(msg)
        if self.lon is not None and self.x is not None:
            msg = "里 lon、lat 和 x、y 只能写一对"
            raise ValueError(msg)
        return self


class BoundaryColumns(_Columns):
    """`[boundaries] columns`; `geometry` is a column of WKT polygons, for a plain table."""

    id: Text | None = None
    name: Text | None = None
    geometry: Text | None = None


class DemandColumns(_PointColumns):
    """`[demand] columns`."""

    population: Text | None = None
    population_60plus: Text | None = None
    population_0_3: Text | None = None
    settlement: Text | None = None
    origin: Text | None = None


class FacilityColumns(_PointColumns):
    """`[[facilities]] columns`; `turnout_minutes` becomes `turnout_s` of the contract."""

    kind: Text | None = None
    level: Text | None = None
    capacity_beds: Text | None = None
    area_m2: Text | None = None
    turnout_minutes: Text | None = None
    origin: Text | None = None


class ProjectTable(Settings):
    """
    `[project]`.

    `label` is a sentence that stands on every screen and export, e.g. "合成数据".
    """

    name: Text
    label: str = ""


class _Layer(Settings):
    """Keys of every table that names a layer; subclasses list what only a file has."""

    file: Text | None = None
    source: str | None = Field(default=None, alias="from")
    crs: Text | None = None
    layer: Text | None = None

    def _check_file(self, only_with_file: tuple[str, ...]) -> None:
        """Raise where neither file nor source is given, or a key would do nothing."""
        if self.file is None and self.source is None:
            msg = "要写 file 或 from 其中之一"
            raise ValueError(msg)
        idle = [key for key in only_with_file if key in self.model_fields_set]
        if self.source is not None and idle:
            msg = f'写了 from = "{self.source}"，{"、".join(idle)} 就不起作用，请删去'
            raise ValueError(msg)


class BoundariesTable(_Layer):
    """`[boundaries]`; the study area is the union of its zones."""

    source: Literal["osm"] | None = Field(default=None, alias="from")
    admin_level: int | None = Field(default=None, ge=1, le=12)
    columns: BoundaryColumns = BoundaryColumns()
    level: Text | None = None

    @model_validator(mode="after")
    def _keys(self) -> Self:
        self._check_file(("columns", "crs", "layer"))
        if self.source is None and self.admin_level is not None:
            msg = '里 admin_level 只和 from = "osm" 一起用'
            raise ValueError(msg)
        if self.source == "osm" and self.admin_level is None:
            msg = '写了 from = "osm"，还要写 admin_level（如 县 6、乡镇 8）'
            raise ValueError(msg)
        return self


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


class BarriersTable(_Layer):
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


class DemandTable(_Layer):
    """`[demand]`."""

    source: Literal["osm", "residential_roads"] | None = Field(default=None, alias="from")
    columns: DemandColumns = DemandColumns()
    missing_population: Literal["error", "unknown"] = "error"
    population_by_zone: Text | None = None
    origin: Literal["list", "osm", "inferred", "synthetic"] = "list"

    @model_validator(mode="after")
    def _keys(self) -> Self:
        self._check_file(("columns", "crs", "layer", "missing_population", "origin"))
        if self.source == "residential_roads" and self.file is not None:
            msg = '写了 from = "residential_roads"，需求点按路网推断，file 就不起作用，请删去'
            raise ValueError(msg)
        if self.source is None and self.population_by_zone is not None:
            msg = '里 population_by_zone 只和 from = "osm" 或 "residential_roads" 一起用'
            raise ValueError(msg)
        return self


class FacilitiesTable(_Layer):
    """One `[[facilities]]`."""

    source: Literal["osm"] | None = Field(default=None, alias="from")
    kind: Text | None = None
    level: Text | None = None
    columns: FacilityColumns = FacilityColumns()
    origin: Literal["list", "osm", "stand_in", "synthetic"] = "list"

    @model_validator(mode="after")
    def _keys(self) -> Self:
        self._check_file(("columns", "crs", "layer", "level", "origin"))
        for key in ("kind", "level"):
            if getattr(self, key) is not None and getattr(self.columns, key) is not None:
                msg = f"里 {key} 写了两处（整份名录一个值，columns 里又有一列），请留一处"
                raise ValueError(msg)
        if self.source is None and self.kind is None and self.columns.kind is None:
            msg = "要写 kind（整份名录同一类别），或在 columns 里写 kind 对应的列名"
            raise ValueError(msg)
        return self


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
        if self.demand.population_by_zone is not None and self.boundaries.source == "osm":
            msg = "「demand」的 population_by_zone 要用边界文件里的列，[boundaries] 不能是 OSM"
            raise ValueError(msg)
        return self
