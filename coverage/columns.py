"""What a column of a table is, and a table of such columns: the words of all contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import InputError

if TYPE_CHECKING:
    from coverage.cell_rules import Dtype

PLACE_PRECISIONS: Final = ("村级近似", "乡镇级近似")
"""How near the place of a row is that has no coordinates: at its village, or in its township."""


@dataclass(frozen=True)
class Column:
    """
    One column of a table.

    Parameters
    ----------
    name
        Column name in code and files.
    dtype
        "text", "number", "whole", "flag" (true or false), or a geometry.
    title
        Short Chinese name.
    meaning
        What it says, in Chinese, for the data dictionary.
    unit
        Chinese unit; "" where there is none.
    required
        Whether the table must have the column.
    nullable
        Whether single cells may be empty.
    minimum
        Smallest allowed value.
    maximum
        Largest allowed value.
    unique
        Whether values may repeat.
    choices
        Allowed values; () allows all.
    """

    name: str
    dtype: Dtype
    title: str
    meaning: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """A table: its Chinese title, its columns (the first is the index) and its error class."""

    name: str
    title: str
    columns: tuple[Column, ...]
    error: type[InputError] = InputError

    @property
    def index(self) -> str:
        """Name of the index column."""
        return self.columns[0].name

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


PLACE_PRECISION: Final = Column(
    "place_precision",
    "text",
    "位置精度",
    "没有坐标、按地名或区划代码落点的行；空值表示按坐标落点",
    required=False,
    nullable=True,
    choices=PLACE_PRECISIONS,
)
"""The same in every list of points."""
