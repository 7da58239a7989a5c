"""Road changes as a text file (TOML): longitudes and latitudes in WGS84, every fault in a sentence.

The file can be written by hand; what the program writes, it reads back to the same millimetre.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from pydantic import Field

from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_checks import (
    change_faults,
    repeated_ids,
    title_of,
)
from coverage.errors import RoadChangeError
from layers.coordinates import WGS84, transformer_between
from layers.roads import MAX_LATITUDE, MAX_LONGITUDE
from layers.settings import Settings, parse_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

ROAD_CHANGES_FILE: Final = "road_changes.toml"
"""The usual name of the file, beside `project.toml`."""

MOST_CHANGES: Final = 500
MOST_PLACES: Final = 10_000
"""A planner draws far fewer; a file with more was not made by one."""

DEGREE_DECIMALS: Final = 9
"""A tenth of a millimetre, so that rounding to the millimetre gives the same place again."""

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


class _Change(Settings):
    id: str
    name: str = ""
    action: Literal["close", "speed", "add"]
    places: list[list[float]]
    speed_kph: float | None = None
    road_class: str = "unclassified"
    oneway: bool = False
    users: list[Literal["foot", "bicycle", "motor"]] | None = None
    joins: Literal["ends", "crossings"] = "ends"


class _File(Settings):
    changes: list[_Change] = Field(default_factory=list)


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
        change = _change(one, ())
        wrong = _degree_faults(one)
        if not wrong:
            change = _change(one, places_from_degrees(one.places, crs))
            far = f"道路变更「{title_of(change)}」的位置离研究区太远，请检查经纬度。"
            wrong = change_faults(change) if np.isfinite(change.places).all() else [far]
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
        wrong = change_faults(change)
        if not wrong and not np.isfinite(places_in_degrees(change.places, crs)).all():
            wrong = [f"道路变更「{title_of(change)}」的位置换算不成经纬度，请重新在图上选点。"]
        faults += wrong
    if faults:
        raise RoadChangeError("".join(faults))
    return "\n".join([_HEAD, *(_table(change, crs) for change in changes)])


def places_from_degrees(
    degrees: Iterable[Sequence[float]], crs: str
) -> tuple[tuple[float, float], ...]:
    """
    Places that a map gives, in the CRS of the roads.

    Parameters
    ----------
    degrees
        Pairs of longitude and latitude in WGS84, degrees.
    crs
        CRS of the roads.

    Returns
    -------
    places
        (x, y) in metres; not finite where the CRS does not reach.
    """
    lon, lat = np.array(list(degrees), dtype=float).reshape(-1, 2).T
    x, y = transformer_between(WGS84, crs).transform(lon, lat)
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def places_in_degrees(
    places: Iterable[Sequence[float]], crs: str
) -> tuple[tuple[float, float], ...]:
    """The inverse of `places_from_degrees`: pairs of longitude and latitude in WGS84."""
    x, y = np.array(list(places), dtype=float).reshape(-1, 2).T
    lon, lat = transformer_between(crs, WGS84).transform(x, y)
    return tuple(zip(lon.tolist(), lat.tolist(), strict=True))


def _change(read: _Change, places: tuple[tuple[float, float], ...]) -> RoadChange:
    return RoadChange(
        change_id=read.id,
        name=read.name,
        action=read.action,
        places=places,
        speed_kph=read.speed_kph,
        road_class=read.road_class,
        oneway=read.oneway,
        users=None if read.users is None else tuple(read.users),
        joins=read.joins,
    )


def _degree_faults(read: _Change) -> list[str]:
    title = title_of(_change(read, ()))
    if len(read.places) > MOST_PLACES:
        return [f"道路变更「{title}」有 {len(read.places)} 个点，不得超过 {MOST_PLACES} 个。"]
    for number, pair in enumerate(read.places, start=1):
        if len(pair) != 2:  # noqa: PLR2004 - longitude and latitude
            return [f"道路变更「{title}」的第 {number} 个点应写成 [经度, 纬度] 两个数字。"]
        lon, lat = pair
        if abs(lon) > MAX_LONGITUDE or abs(lat) > MAX_LATITUDE:
            where = f"（经度 {lon:g}，纬度 {lat:g}）"
            remedy = "请检查是否把经度、纬度写反" if abs(lat) > MAX_LATITUDE else "请改正"
            return [f"道路变更「{title}」的第 {number} 个点{where}不在地球上，{remedy}。"]
    return []


def _table(change: RoadChange, crs: str) -> str:
    keys: dict[str, Any] = {"id": change.change_id, "name": change.name, "action": change.action}
    lines = ["[[changes]]", *(f"{key} = {_quoted(text)}" for key, text in keys.items())]
    pairs = [
        f"[{_degrees(lon)}, {_degrees(lat)}]" for lon, lat in places_in_degrees(change.places, crs)
    ]
    lines.append(f"places = [{', '.join(pairs)}]")
    if change.speed_kph is not None:
        lines.append(f"speed_kph = {float(change.speed_kph)!r}")
    if change.users is not None:
        lines.append(f"users = [{', '.join(_quoted(user) for user in change.users)}]")
    if change.action == "add":
        lines.append(f"road_class = {_quoted(change.road_class)}")
        lines.append(f"oneway = {'true' if change.oneway else 'false'}")
        lines.append(f"joins = {_quoted(change.joins)}")
    return "\n".join(lines) + "\n"


def _degrees(value: float) -> str:
    # Nought has no sign, or the text would depend on which side a place was rounded from.
    return f"{round(value, DEGREE_DECIMALS) + 0.0:.{DEGREE_DECIMALS}f}"


def _quoted(text: str) -> str:
    """A TOML basic string; a control character as its code."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
