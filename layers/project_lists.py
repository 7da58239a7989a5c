"""The tables of `project.toml` that name layers: boundaries, demand, and lists of facilities."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from layers.columns.row_kinds import TELLING
from layers.formats.outline import ReadingOptions
from layers.project_columns import (
    BoundaryColumns,
    DemandColumns,
    DemandUnits,
    FacilityColumns,
    FacilityUnits,
    Text,
    ZonePeopleColumns,
    ZonePeopleUnits,
)
from layers.settings import Settings

RASTER_SUFFIXES = (".tif", ".tiff")

MOST_BLOCK_M = 20_000.0
"""Cells of a raster that are summed to larger blocks say nothing of a circle of 15 minutes."""

NAMING = ("village", "township", "address", "zone_code", "name")
"""Columns by which rows without coordinates can be placed."""

READING_KEYS = ("layer", "part", "header_row", "encoding")
"""Keys that say how a file is to be read."""

LIST_KEYS = ("crs", *READING_KEYS, "faulty_rows", "units", "place_by_name")
"""Keys of a list of points that only a file has."""


class LayerTable(Settings):
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
        idle = self._idle(only_with_file)
        if self.source is not None and idle:
            msg = f'写了 from = "{self.source}"，{idle} 就不起作用，请删去'
            raise ValueError(msg)

    def _idle(self, keys: tuple[str, ...]) -> str:
        """Those of some keys that the table has, for a sentence."""
        return "、".join(key for key in keys if key in self.model_fields_set)


class _File(LayerTable):
    """
    Keys of a table whose file can be of any kind.

    `part` is the sheet, layer or member of an archive (`layer` is its older name), `header_row`
    counts from 1, `encoding` is that of a text table; what is not said is found out.
    """

    part: Text | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None
    encoding: Text | None = None

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        if self.part is not None and self.layer is not None:
            msg = "里 part 和 layer 是同一个意思，请留一处"
            raise ValueError(msg)
        return self

    def reading(self) -> ReadingOptions:
        """How the file is to be read."""
        return ReadingOptions(
            part=self.part or self.layer or "",
            header_row=self.header_row,
            encoding=self.encoding or "",
        )


class _List(_File):
    """
    Keys of a list of points.

    `faulty_rows` says whether faulty rows stop the reading or are set aside and listed;
    `place_by_name` whether rows without coordinates are placed by the village or township that
    they name.
    """

    faulty_rows: Literal["refuse", "set_aside"] = "refuse"
    place_by_name: bool = False

    def _check_columns(
        self, columns: DemandColumns | FacilityColumns, units: DemandUnits | FacilityUnits
    ) -> None:
        """Raise where a key needs columns that are not mapped."""
        bare = [key for key in units.mapping() if getattr(columns, key) is None]
        if bare:
            msg = f"的 units 写了 {bare[0]}，columns 里却没有 {bare[0]}，请补上列名或删去"
            raise ValueError(msg)
        usable = [key for key in NAMING if key in type(columns).model_fields]
        if self.place_by_name and all(getattr(columns, key) is None for key in usable):
            msg = f"写了 place_by_name = true，还要在 columns 里写 {'、'.join(usable)} 中的至少一列"
            raise ValueError(msg)


class ZonePeopleTable(_File):
    """`[boundaries] people`: a table without shapes that gives the persons of each zone."""

    columns: ZonePeopleColumns
    units: ZonePeopleUnits = ZonePeopleUnits()

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if self.file is None:
            msg = "里要写 file（人口表的文件）"
            raise ValueError(msg)
        idle = ["from" if key == "source" else key for key in ("source", "crs")
                if key in self.model_fields_set]  # fmt: skip
        if idle:
            msg = f"是没有图形的表，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        return self


class BoundariesTable(_File):
    """
    `[boundaries]`; the study area is the union of its zones.

    `people` is a table without shapes that gives the persons of the zones, by code or name.
    """

    source: Literal["osm"] | None = Field(default=None, alias="from")
    admin_level: int | None = Field(default=None, ge=1, le=12)
    columns: BoundaryColumns = BoundaryColumns()
    level: Text | None = None
    people: ZonePeopleTable | None = None

    @property
    def people_column(self) -> str | None:
        """Column of the persons of each zone, in the table of people or else in the file."""
        return self.columns.population if self.people is None else self.people.columns.population

    @model_validator(mode="after")
    def _one_source_of_people(self) -> Self:
        if self.people is not None and self.columns.population is not None:
            msg = (
                "里 people（另一张人口表）和 columns 的 population（边界文件里的人口列）只能写一处"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _keys(self) -> Self:
        self._check_file(("columns", "crs", *READING_KEYS))
        if self.source is None and self.admin_level is not None:
            msg = '里 admin_level 只和 from = "osm" 一起用'
            raise ValueError(msg)
        if self.source == "osm" and self.admin_level is None:
            msg = '写了 from = "osm"，还要写 admin_level（如 县 6、乡镇 8）'
            raise ValueError(msg)
        return self


class DemandTable(_List):
    """
    `[demand]`.

    `file` may be a raster of people, whose cells are summed to blocks of `block_m` metres.
    `population_by_zone` is a column of the boundaries, or of their table `people`: the people of
    each zone, spread over its demand points; over those of a list by its column `spread_by`, or
    evenly.
    """

    source: Literal["osm", "residential_roads"] | None = Field(default=None, alias="from")
    columns: DemandColumns = DemandColumns()
    units: DemandUnits = DemandUnits()
    missing_population: Literal["error", "unknown"] = "error"
    population_by_zone: Text | None = None
    spread_by: Text | None = None
    block_m: Annotated[float, Field(gt=0, le=MOST_BLOCK_M)] | None = None
    origin: Literal["list", "osm", "inferred", "synthetic"] = "list"

    @property
    def is_raster(self) -> bool:
        """Whether the file is a raster of people."""
        return self.source is None and (self.file or "").lower().endswith(RASTER_SUFFIXES)

    @model_validator(mode="after")
    def _keys(self) -> Self:
        list_only = ("columns", *LIST_KEYS, "missing_population", "spread_by")
        self._check_file((*list_only, "block_m", "origin"))
        if self.source == "residential_roads" and self.file is not None:
            msg = '写了 from = "residential_roads"，需求点按路网推断，file 就不起作用，请删去'
            raise ValueError(msg)
        idle = self._idle(list_only)
        if self.is_raster and idle:
            msg = f"的 file“{self.file}”是人口栅格，{idle} 就不起作用，请删去"
            raise ValueError(msg)
        if self.block_m is not None and not self.is_raster:
            msg = "里 block_m 只和人口栅格（.tif）一起用"
            raise ValueError(msg)
        self._check_columns(self.columns, self.units)
        self._check_spreading()
        return self

    def _check_spreading(self) -> None:
        if self.population_by_zone is not None and self.columns.population is not None:
            msg = (
                "里 population_by_zone（按行政单元的总数分摊）和 columns 的 population"
                "（每个村的人口）只能写一处"
            )
            raise ValueError(msg)
        if self.spread_by is not None and self.population_by_zone is None:
            msg = "里 spread_by 要和 population_by_zone 一起用"
            raise ValueError(msg)


class FacilitiesTable(_List):
    """
    One `[[facilities]]`.

    `recognise_kinds` says that the kind of each row is recognised from its name, category and
    code, where no column of kinds says it. `features` names columns with 是 or 否: name of a
    department or standard (康复医学科, 老年友善 …) -> column of the file.
    """

    source: Literal["osm"] | None = Field(default=None, alias="from")
    kind: Text | None = None
    level: Text | None = None
    columns: FacilityColumns = FacilityColumns()
    units: FacilityUnits = FacilityUnits()
    recognise_kinds: bool = False
    features: dict[Text, Text] = Field(default_factory=dict)
    origin: Literal["list", "osm", "stand_in", "synthetic"] = "list"

    @model_validator(mode="after")
    def _keys(self) -> Self:
        self._check_file(("columns", *LIST_KEYS, "recognise_kinds", "features", "level", "origin"))
        for key in ("kind", "level"):
            if getattr(self, key) is not None and getattr(self.columns, key) is not None:
                msg = f"里 {key} 写了两处（整份名录一个值，columns 里又有一列），请留一处"
                raise ValueError(msg)
        self._check_kinds()
        self._check_features()
        self._check_columns(self.columns, self.units)
        return self

    def _check_features(self) -> None:
        if self.features and self.columns.features is not None:
            msg = "里 features 写了两处（逐项对应的列，columns 里又有合写的一列），请留一处"
            raise ValueError(msg)
        odd = [name for name in self.features if set(name) & set("；：") or name != name.strip()]
        if odd:
            msg = f"的 features 里“{odd[0][:40]}”不能作名称：不要有“；”“：”，首尾不要有空格"
            raise ValueError(msg)

    def _check_kinds(self) -> None:
        if self.recognise_kinds and self.kind is not None:
            msg = "里 kind（整份名录同一类别）和 recognise_kinds = true（逐行识别类别）只能写一处"
            raise ValueError(msg)
        if self.recognise_kinds and all(getattr(self.columns, key) is None for key in TELLING):
            names = "、".join(TELLING)
            msg = f"写了 recognise_kinds = true，还要在 columns 里写 {names} 中的至少一列"
            raise ValueError(msg)
        told = self.kind is not None or self.columns.kind is not None or self.recognise_kinds
        if self.source is None and not told:
            msg = (
                "要写 kind（整份名录同一类别），或在 columns 里写 kind 对应的列名，"
                "或写 recognise_kinds = true（按名称等识别类别）"
            )
            raise ValueError(msg)
