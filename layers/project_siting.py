"""The table `[siting]` of `project.toml`: candidates, exclusions, suitability, costs."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from coverage.candidates import CANDIDATES, LEAST_SPACING_M, SETTLEMENT_RADIUS_M
from layers.project_columns import PlaceColumns, Text
from layers.settings import Settings

Metres = Annotated[float, Field(ge=0, le=100_000)]
"""A distance in a county."""

Cost = Annotated[float, Field(ge=0, le=1e9)]
"""万元."""

_FILE_KEYS: Final = ("file", "crs", "layer")

_KEYS_OF: Final = {
    "villages": (),
    "facilities": ("kinds",),
    "grid": ("spacing_m", "radius_m", *_FILE_KEYS),
    "junctions": ("mode", "near_m", "apart_m"),
    "": (*_FILE_KEYS, "columns", "values", "closed"),
}
"""What may stand beside each `from`; "" for a file."""

_ONCE: Final = ("villages", "facilities", "junctions")
"""Sources that a second table would only repeat."""


class CandidatesTable(Settings):
    """
    One `[[siting.candidates]]`: a source of candidates, or a file of points.

    `kinds` picks facilities; `spacing_m` is the mesh of a grid inside settlements, which are the
    polygons of `file`, else discs of `radius_m` around demand points; junctions are of streets
    open to `mode`, at most `near_m` from a settlement and thinned to `apart_m`; `values` are
    columns of numbers of a file (our name -> its column), `closed` says that its points are
    sites of facilities that were given up.
    """

    source: Literal["villages", "facilities", "grid", "junctions"] | None = Field(
        default=None, alias="from"
    )
    file: Text | None = None
    crs: Text | None = None
    layer: Text | None = None
    columns: PlaceColumns = PlaceColumns()
    values: dict[Text, Text] = Field(default_factory=dict)
    closed: bool = False
    kinds: list[Text] | None = Field(default=None, min_length=1)
    spacing_m: Annotated[float, Field(ge=LEAST_SPACING_M, le=100_000)] | None = None
    radius_m: Annotated[float, Field(gt=0, le=10_000)] = SETTLEMENT_RADIUS_M
    mode: Text = "drive"
    near_m: Metres = 500.0
    apart_m: Metres = 500.0

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if self.source is None and self.file is None:
            msg = "要写 file 或 from 其中之一（from 可写 villages、facilities、grid、junctions）"
            raise ValueError(msg)
        allowed = ("source", *_KEYS_OF[self.source or ""])
        idle = [key for key in type(self).model_fields
                if key in self.model_fields_set and key not in allowed]  # fmt: skip
        if idle:
            given = f'from = "{self.source}"' if self.source else "file"
            msg = f"写了 {given}，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        if self.source == "grid":
            self._check_grid()
        strange = [name for name in self.values if CANDIDATES.column(name) is not None]
        if strange:
            msg = f"的 values 不能用“{strange[0]}”作名称，候选点表里已有这一列"
            raise ValueError(msg)
        return self

    def _check_grid(self) -> None:
        if self.spacing_m is None:
            msg = '写了 from = "grid"，还要写 spacing_m（网格间距，米）'
            raise ValueError(msg)
        idle = [key for key in ("crs", "layer") if key in self.model_fields_set]
        if self.file is None and idle:
            msg = f"没有写 file，{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        if self.file is not None and "radius_m" in self.model_fields_set:
            msg = "写了 file（居民点范围），radius_m 就不起作用，请删去"
            raise ValueError(msg)


class ExclusionTable(Settings):
    """One `[[siting.exclusions]]`: polygons in which nothing may be built, and how far around."""

    name: Text
    file: Text
    layer: Text | None = None
    crs: Text | None = None
    buffer_m: Metres = 0.0


class CriterionTable(Settings):
    """
    One `[[siting.suitability]]`; see `coverage.candidates.Criterion`.

    The layer is a `file` (points may be a table with `columns`), or the facilities of `kinds`;
    `rule = "column"` takes a column of the candidates themselves.
    """

    name: Text
    rule: Literal["near", "far", "inside", "column"]
    weight: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    file: Text | None = None
    layer: Text | None = None
    crs: Text | None = None
    columns: PlaceColumns = PlaceColumns()
    kinds: list[Text] | None = Field(default=None, min_length=1)
    near_m: Metres = 0.0
    far_m: Metres | None = None
    column: Text | None = None
    worst: float = 0.0
    best: float | None = None

    @model_validator(mode="after")
    def _keys(self) -> Self:
        needed = {
            "near": (("far_m",), ("near_m", *_FILE_KEYS, "columns", "kinds")),
            "far": (("far_m",), ("near_m", *_FILE_KEYS, "columns", "kinds")),
            "inside": (("file",), ("crs", "layer")),
            "column": (("column", "best"), ("worst",)),
        }
        must, may = needed[self.rule]
        missing = [key for key in must if getattr(self, key) is None]
        if missing:
            msg = f'写了 rule = "{self.rule}"，还要写 {"、".join(missing)}'
            raise ValueError(msg)
        allowed = ("name", "rule", "weight", *must, *may)
        idle = [key for key in type(self).model_fields
                if key in self.model_fields_set and key not in allowed]  # fmt: skip
        if idle:
            msg = f'写了 rule = "{self.rule}"，{"、".join(idle)} 就不起作用，请删去'
            raise ValueError(msg)
        self._check_numbers()
        return self

    def _check_numbers(self) -> None:
        if self.rule in ("near", "far") and (self.file is None) == (self.kinds is None):
            msg = "要写 file（图层）或 kinds（本项目的设施类别）其中之一"
            raise ValueError(msg)
        if self.far_m is not None and self.near_m > self.far_m:
            msg = f"的 near_m（{self.near_m:g}）不得大于 far_m（{self.far_m:g}）"
            raise ValueError(msg)
        if self.rule == "column" and self.worst == self.best:
            msg = f"的 worst 和 best 都是 {self.worst:g}，分不出高低，请写两个不同的数"
            raise ValueError(msg)


class CostsTable(Settings):
    """`[siting.costs]`: 万元 for one facility and for each bed, by kind, and the source."""

    source: Text
    fixed: dict[Text, Cost] = Field(default_factory=dict)
    per_bed: dict[Text, Cost] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.fixed and not self.per_bed:
            msg = "只写了 source，没有任何费用，请写 fixed 或 per_bed，或删去这张表"
            raise ValueError(msg)
        return self


class SitingTable(Settings):
    """
    `[siting]`.

    `kind` says what is built for each standard (standard -> code of the kind); candidates nearer
    to one another than `min_distance_m` are thinned, the more suitable stays; those known to
    score below `min_suitability` are excluded; of equally good answers the one with most
    candidates that score `preferred_from` or more is taken.
    """

    candidates: list[CandidatesTable] = Field(
        default_factory=lambda: [CandidatesTable.model_validate({"from": "villages"})],
        min_length=1,
    )
    exclusions: list[ExclusionTable] = Field(default_factory=list)
    suitability: list[CriterionTable] = Field(default_factory=list)
    costs: CostsTable | None = None
    kind: dict[Text, Text] = Field(default_factory=dict)
    min_distance_m: Metres = 0.0
    min_suitability: Annotated[float, Field(ge=0, le=1)] | None = None
    preferred_from: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        sources = [table.source for table in self.candidates]
        double = [one for one in _ONCE if sources.count(one) > 1]
        if double:
            times = sources.count(double[0])
            msg = f'的 candidates 里 from = "{double[0]}" 写了 {times} 次，请留一处'
            raise ValueError(msg)
        for what, names in (
            ("exclusions", [table.name for table in self.exclusions]),
            ("suitability", [table.name for table in self.suitability]),
        ):
            same = sorted({name for name in names if names.count(name) > 1})
            if same:
                msg = f"的 {what} 里名称“{same[0]}”写了 {names.count(same[0])} 次，请改名或留一处"
                raise ValueError(msg)
        idle = [key for key in ("min_suitability", "preferred_from")
                if getattr(self, key) is not None]  # fmt: skip
        if idle and not self.suitability:
            msg = f"没有写 suitability（评分项），{'、'.join(idle)} 就不起作用，请删去"
            raise ValueError(msg)
        if self.suitability and not any(table.weight > 0 for table in self.suitability):
            msg = "的 suitability 各项的权重都是 0，请至少给一项大于 0 的权重"
            raise ValueError(msg)
        return self

    def files(self) -> list[str]:
        """Every file it names, in order."""
        tables = (*self.candidates, *self.exclusions, *self.suitability)
        return [table.file for table in tables if table.file is not None]
