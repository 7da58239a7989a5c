"""The classes of roads by name: what a planner calls them, and who may use them as a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from coverage.roads import USERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.roads import RoadUser


class RoadClass(NamedTuple):
    """
    One OpenStreetMap `highway` value.

    Parameters
    ----------
    name
        Chinese name.
    users
        Who may use it where nothing else is said, as in the readers of roads.
    """

    name: str
    users: tuple[RoadUser, ...]


_MOTORISED: Final[tuple[RoadUser, ...]] = ("motor",)
_UNMOTORISED: Final[tuple[RoadUser, ...]] = ("foot", "bicycle")
_ON_FOOT: Final[tuple[RoadUser, ...]] = ("foot",)

ROAD_CLASSES: Final[Mapping[str, RoadClass]] = {
    "motorway": RoadClass("高速公路", _MOTORISED),
    "motorway_link": RoadClass("高速公路匝道", _MOTORISED),
    "trunk": RoadClass("国道或快速路", USERS),
    "trunk_link": RoadClass("国道或快速路匝道", USERS),
    "primary": RoadClass("省道或主干路", USERS),
    "primary_link": RoadClass("省道或主干路匝道", USERS),
    "secondary": RoadClass("县道或次干路", USERS),
    "secondary_link": RoadClass("县道或次干路匝道", USERS),
    "tertiary": RoadClass("乡道或支路", USERS),
    "tertiary_link": RoadClass("乡道或支路匝道", USERS),
    "unclassified": RoadClass("村道", USERS),
    "residential": RoadClass("居住区道路", USERS),
    "living_street": RoadClass("生活街道", USERS),
    "service": RoadClass("内部道路", USERS),
    "road": RoadClass("未分级道路", USERS),
    "track": RoadClass("机耕路", USERS),
    "path": RoadClass("小路", _UNMOTORISED),
    "cycleway": RoadClass("自行车道", _UNMOTORISED),
    "ferry": RoadClass("渡线", _UNMOTORISED),
    "footway": RoadClass("人行道", _ON_FOOT),
    "pedestrian": RoadClass("步行街", _ON_FOOT),
    "steps": RoadClass("台阶", _ON_FOOT),
    "bridleway": RoadClass("马道", _ON_FOOT),
    "": RoadClass("未注明等级的道路", USERS),
}
"""By `highway` value, the classes that `layers.osm.osm_tags` reads, and "" for none."""

USER_NAMES: Final[Mapping[RoadUser, str]] = {
    "foot": "行人",
    "bicycle": "自行车",
    "motor": "机动车",
}


def class_name(road_class: str) -> str:
    """
    Chinese name of a class; the class itself where it is not known.

    Examples
    --------
    >>> class_name("tertiary"), class_name("raceway")
    ('乡道或支路', 'raceway')
    """
    known = ROAD_CLASSES.get(road_class)
    return road_class if known is None else known.name
