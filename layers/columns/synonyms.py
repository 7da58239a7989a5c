"""What offices call our columns: the list `data/intake/column_names.csv`, ready for look-up.

A row says that in a layer a header means one of our columns, how readily (1 is first choice), and
what the planner should know of it.
"""

from __future__ import annotations

import csv
import functools
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from coverage.errors import SourceError
from layers.columns.headers import Header, read_header
from layers.settings import nearest_key
from layers.standards import DATA_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Layer = Literal["facilities", "demand", "zones"]

NAMES_FILE: Final = DATA_FOLDER / "intake" / "column_names.csv"

HEADER: Final = ("layer", "ours", "synonym", "rank", "note")

LAYER_TITLES: Final[Mapping[Layer, str]] = {
    "facilities": "设施", "demand": "需求点", "zones": "行政单元",
}  # fmt: skip

_POINT: Final = {
    "id": "代码", "name": "名称", "lon": "经度", "lat": "纬度", "x": "x（向东）", "y": "y（向北）",
    "origin": "来源", "address": "地址", "township": "所在乡镇", "county": "所在县",
    "zone_code": "所在单元代码", "datum": "坐标系",
}  # fmt: skip

OUR_COLUMNS: Final[Mapping[Layer, Mapping[str, str]]] = {
    "facilities": _POINT
    | {
        "kind": "类别", "level": "等级", "ownership": "举办性质", "capacity_beds": "床位",
        "capacity_nursing_beds": "护理型床位", "capacity_childcare_places": "托位",
        "staff_physicians": "执业（助理）医师", "staff_tcm_physicians": "中医执业（助理）医师",
        "staff_nurses": "注册护士", "staff_pharmacists": "药师（士）",
        "staff_public_health": "公共卫生人员", "staff_general_practitioners": "全科医生",
        "area_m2": "面积", "land_area_m2": "用地面积", "features": "具备条件",
        "turnout_minutes": "出车准备时间", "village": "所在村", "category_code": "类别编码",
    },
    "demand": _POINT
    | {
        "population": "常住人口", "population_60plus": "60岁及以上人口",
        "population_0_3": "0—3岁人口", "settlement": "城乡",
    },
    "zones": {"id": "代码", "name": "名称", "geometry": "边界（WKT）", "population": "人口"},
}  # fmt: skip
"""Every column that a layer can be mapped to, with its Chinese title. Beside those of the
project's settings: what only helps to place a row (address, township, county, village, zone_code)
or to tell its kind (category_code)."""


PAIR: Final = "lonlat"
"""What the list calls a column that holds longitude and latitude together: ours are then both."""


class Meaning(NamedTuple):
    """What a header may mean: our column or `PAIR`, its rank (1 is first choice) and a remark."""

    ours: str
    rank: int
    note: str


@dataclass(frozen=True)
class ColumnNames:
    """
    The list, arranged for look-up.

    Parameters
    ----------
    meanings
        Layer and normalised header -> what it means.
    """

    meanings: Mapping[tuple[str, str], Meaning]

    def meaning(self, header: Header, *, layer: Layer) -> tuple[Meaning, str] | None:
        """
        What a header means in a layer.

        Parameters
        ----------
        header
            Taken apart.
        layer
            Of the table.

        Returns
        -------
        meaning, spelling
            The spelling that was found: the whole header, or what stands in brackets put in front
            ("床位（实有）" is 实有床位), or the header without it, or its last level; None where
            nothing is known.
        """
        turned = (f"{aside}{header.bare}" for aside in header.asides)
        for spelling in dict.fromkeys((header.name, *turned, header.bare, header.last)):
            found = self.meanings.get((layer, spelling))
            if found is not None:
                return found, spelling
        return None


def load_column_names(path: Path = NAMES_FILE) -> ColumnNames:
    """
    The list of what offices call our columns.

    Parameters
    ----------
    path
        A CSV file like `data/intake/column_names.csv`, UTF-8.

    Returns
    -------
    names
        Ready for look-up.

    Raises
    ------
    SourceError
        If the file is missing or has other columns, a row names an unknown layer or column, its
        rank is no number from 1 to 9, or one header means two things in a layer.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        msg = f"列名对照表「{path.name}」读不出来（{path}）。请检查路径，并确认是 UTF-8 编码。"
        raise SourceError(msg) from cause
    lines = csv.reader(io.StringIO(text))
    if tuple(next(lines, ())) != HEADER:
        msg = f"列名对照表「{path.name}」的表头应为 {','.join(HEADER)}。"
        raise SourceError(msg)
    meanings: dict[tuple[str, str], Meaning] = {}
    for fields in lines:
        where = f"列名对照表「{path.name}」第 {lines.line_num} 行"
        if len(fields) != len(HEADER):
            msg = f"{where}应有 {len(HEADER)} 列。"
            raise SourceError(msg)
        for layer, spelling, meaning in _meanings(fields, where):
            known = meanings.setdefault((layer, spelling), meaning)
            if known.ours != meaning.ours:
                msg = (
                    f"{where}的“{fields[2]}”在 {layer} 里既是 {known.ours} 又是 {meaning.ours}。"
                    "请删去一行。"
                )
                raise SourceError(msg)
    return ColumnNames(meanings)


@functools.cache
def shipped_column_names() -> ColumnNames:
    """The list that comes with the program, read once."""
    return load_column_names()


def _meanings(fields: list[str], where: str) -> list[tuple[str, str, Meaning]]:
    """Layer, normalised header and meaning of one row of the file, for each of its layers."""
    layers, ours, synonym, rank, note = fields
    spelling = read_header(synonym).name
    if not spelling or rank not in {str(number) for number in range(1, 10)}:
        msg = f"{where}的 synonym 不得为空，rank 应为 1 到 9 的整数。"
        raise SourceError(msg)
    found = []
    for layer in layers.split("|"):
        if layer not in get_args(Layer):
            msg = f"{where}的图层「{layer}」不认识，只能是 {'、'.join(get_args(Layer))}。"
            raise SourceError(msg)
        known = OUR_COLUMNS[layer]
        if ours not in known and not (ours == PAIR and "lon" in known):
            nearest = nearest_key(ours, list(known))
            msg = f"{where}的「{ours}」不是 {layer} 的列，最接近的是「{nearest}」。"
            raise SourceError(msg)
        found.append((layer, spelling, Meaning(ours, int(rank), note)))
    return found
