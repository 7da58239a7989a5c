"""Chinese names of the road classes and surfaces of OpenStreetMap, in the order of the screen."""

from __future__ import annotations

from typing import Final

from coverage.changes.road_classes import ROAD_CLASSES
from layers.settings import nearest_key

UNSTATED: Final = "未注明"

CLASS_NAMES: Final = {
    **{code: one.name for code, one in ROAD_CLASSES.items() if code},
    "corridor": "室内通道",
    "": UNSTATED,
}
"""By `highway` value ("ferry" by `route`); "" is for road maps without classes. 国道, 省道, 县道,
乡道 and 村道 as in the China tagging guidelines of the OpenStreetMap wiki."""

SURFACE_NAMES: Final = {
    "paved": "铺装（未细分）",
    "asphalt": "沥青",
    "chipseal": "沥青表处",
    "concrete": "水泥混凝土",
    "concrete:plates": "水泥板",
    "concrete:lanes": "水泥车辙道",
    "cement": "水泥",
    "paving_stones": "铺砖",
    "bricks": "砖",
    "sett": "条石",
    "cobblestone": "卵石铺面",
    "unhewn_cobblestone": "毛石铺面",
    "compacted": "压实碎石",
    "fine_gravel": "细砾石",
    "gravel": "碎石",
    "pebblestone": "卵石",
    "unpaved": "未铺装（未细分）",
    "ground": "土面",
    "dirt": "土路",
    "earth": "泥土",
    "clay": "黏土",
    "sand": "沙",
    "mud": "泥泞",
    "rock": "岩石",
    "rocky": "岩石（凹凸）",
    "stone": "石面",
    "grass": "草地",
    "grass_paver": "植草砖",
    "wood": "木板",
    "woodchips": "木屑",
    "metal": "金属",
    "metal_grid": "金属格栅",
    "plastic": "塑料",
    "rubber": "橡胶",
    "tartan": "塑胶",
    "snow": "雪",
    "ice": "冰",
    "": UNSTATED,
}
"""By `surface` value; "" is for roads whose surface nobody mapped."""


def named(code: str, names: dict[str, str]) -> str:
    """
    A road class or surface as a planner reads it.

    Parameters
    ----------
    code
        The OpenStreetMap value.
    names
        `CLASS_NAMES` or `SURFACE_NAMES`.

    Examples
    --------
    >>> named("secondary", CLASS_NAMES), named("", CLASS_NAMES), named("odd", CLASS_NAMES)
    ('县道或次干路（secondary）', '未注明', 'odd')
    """
    if not code or code not in names:
        return names.get(code, code)
    return f"{names[code]}（{code}）"


def nearest_code(word: str, names: dict[str, str]) -> str:
    """
    The code that a mistyped code or a Chinese name was meant to be.

    Parameters
    ----------
    word
        As the planner wrote it.
    names
        `CLASS_NAMES` or `SURFACE_NAMES`.

    Examples
    --------
    >>> nearest_code("primay", CLASS_NAMES), nearest_code("县道", CLASS_NAMES)
    ('primary', 'secondary')
    """
    inside = [code for code, name in names.items() if code and word and word in name]
    return inside[0] if inside else nearest_key(word, [code for code in names if code])
