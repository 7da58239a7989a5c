"""Road changes as a text file (TOML): longitudes and latitudes in WGS84, every fault in a sentence.

The file can be written by hand; what the program writes, it reads back to the same millimetre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from coverage.changes.road_change_checks import repeated_ids
from coverage.errors import RoadChangeError
from layers.settings import Settings, parse_settings, read_toml
from layers.tried.degrees import places_from_degrees, places_in_degrees
from layers.tried.road_tables import (
    RoadTable,
    road_change_faults,
    road_change_of,
    road_table_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coverage.changes.road_change import RoadChange

__all__ = [
    "ROAD_CHANGES_FILE",
    "places_from_degrees",
    "places_in_degrees",
    "read_road_changes",
    "road_changes_text",
]

ROAD_CHANGES_FILE: Final = "road_changes.toml"
"""The usual name of the file, beside `project.toml`."""

MOST_CHANGES: Final = 500
"""A planner makes far fewer; a file with more was not made by one."""

_HEAD: Final = """\
# 道路变更（假设情景）：封闭道路、改变限速、新增道路。原始路网不变，各项按先后次序生效。
#
# 每项写一个 [[changes]]：
#   id          编号，不得重复
#   name        名称
#   action      "close" 封闭、"speed" 改限速、"add" 新增
#   places      位置，一串 [经度, 纬度]（WGS84，单位为度）。
#               封闭、改限速：一个点指所在的整个路段；两个点指两点之间的路；
#               多个点时依次经过各点。新增：道路的各个折点，从起点到终点。
#   speed_kph   速度（公里/小时，大于 0、不超过 200），改限速必写；新增道路不写时按等级取值。
#               只对机动车起作用，步行、骑行的速度见速度表。
#   users       封闭时：谁不能通行；新增时：供谁使用。
#               "foot" 行人、"bicycle" 自行车、"motor" 机动车；不写时封闭对所有人，新增按等级。
#   road_class  新增道路的等级（OSM 的 highway 值），如 "primary"、"tertiary"、"unclassified"
#   oneway      新增道路是否单向（沿所画方向），true 或 false；行人不受限制
#   joins       新增道路怎样接入："ends" 只接两端（跨越其他道路，如桥），
#               "crossings" 与相交的路都相通（桥、隧道、高速公路除外）
"""


class _File(Settings):
    changes: list[RoadTable] = Field(default_factory=list)


def read_road_changes(path: Path, crs: str) -> tuple[RoadChange, ...]:
    """
    Road changes from a file.

    Parameters
    ----------
    path
        A file as `road_changes_text` makes it, or written by hand.
    crs
        CRS of the roads.

    Returns
    -------
    changes
        In the order of the file; none where it lists none.

    Raises
    ------
    RoadChangeError
        If the file is missing, unreadable or no TOML, or with one sentence per fault.
    """
    tables = read_toml(path, error=RoadChangeError)
    read = parse_settings(tables, _File, source=path.name, error=RoadChangeError).changes
    if len(read) > MOST_CHANGES:
        msg = f"设置文件「{path.name}」有 {len(read)} 项道路变更，不得超过 {MOST_CHANGES} 项。"
        raise RoadChangeError(msg)
    faults: list[str] = []
    changes: list[RoadChange] = []
    for number, one in enumerate(read, start=1):
        change, wrong = road_change_of(one, crs)
        faults += [f"第 {number} 项：{sentence}" for sentence in wrong]
        changes.append(change)
    faults += repeated_ids(changes)
    if faults:
        msg = f"设置文件「{path.name}」有 {len(faults)} 处问题：{''.join(faults)}"
        raise RoadChangeError(msg)
    return tuple(changes)


def road_changes_text(changes: Sequence[RoadChange], crs: str) -> str:
    """
    Road changes as the text of a file.

    Parameters
    ----------
    changes
        In their order.
    crs
        CRS of the roads.

    Returns
    -------
    text
        TOML with Chinese comments at its head; reading it gives the same changes.

    Raises
    ------
    RoadChangeError
        If a change is at fault, since the file could not be read again.
    """
    faults = repeated_ids(changes)
    for change in changes:
        faults += road_change_faults(change, crs)
    if faults:
        raise RoadChangeError("".join(faults))
    tables = (f"[[changes]]\n{road_table_text(change, crs)}" for change in changes)
    return "\n".join([_HEAD, *tables])
