"""What the tags of one OpenStreetMap way say about the road: who may use it, which way, how fast.

Pure interpretation of text, used for every source that carries OSM tags. Where tags leave a
choice, this module decides as follows; each decision is one constant or one short function.

- **Roads** are the classes of `ROAD_CLASSES`. Construction sites, proposed, abandoned or razed
  roads, race tracks, bus guideways, rest areas and the like are not roads. `route=ferry` is the
  class "ferry", open to motor vehicles only where a tag says so.
- **Access** follows the OSM hierarchy: for each user the most specific key that has a known value
  decides. `access` and `vehicle` may close a road to a user, but only the user's own key
  (`foot`, `bicycle`, `motor_vehicle`, `motorcar`) opens what the class keeps closed, so that
  `access=yes` on a footway does not let cars in. "destination" and "customers" count as open: a
  trip to a facility ends there. "private", "permit", "delivery" are closed. "agricultural" and
  "forestry" are about vehicles and leave people on foot alone. Unknown values are ignored.
  Conditional and per-direction access tags (`motor_vehicle:conditional`, `vehicle:backward`) are
  not read.
- **One way** binds vehicles, and people on foot only through `oneway:foot`. Roundabouts and
  motorways are one-way unless tagged otherwise. "alternating" (lights change within minutes) is
  open both ways. "reversible" (direction changes with the time of day) is closed to vehicles, as
  the OSM wiki recommends where the time of day is not known.
- **Squares** (`area=yes`) keep their outline for people on foot only, so that the streets that end
  at a square stay connected.
- **maxspeed** is taken when it is clear: a number in km/h, mph or knots, "walk", or a zone code
  with a number ("DE:zone:30"). A list counts as its smallest value. "none", "CN:urban" and
  anything else is unknown (NaN) and left to the speed table.

References
----------
OpenStreetMap wiki: Key:access, Key:oneway, Tag:oneway=reversible, Key:maxspeed,
OSM tags for routing/Access restrictions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.roads import AGAINST, ALONG, BOTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.roads import RoadUser

KPH_PER_MPH: Final = 1.609344
KPH_PER_KNOT: Final = 1.852

WALKING_SIGN_KPH: Final = 6.0
"""Speed for `maxspeed=walk`, km/h; between the 4 and 7 that courts read into "walking speed"."""

FASTEST_SIGN_KPH: Final = 200.0
"""A signed limit above this is a typing error, km/h."""

_EVERYBODY: Final = frozenset({"foot", "bicycle", "motor"})
_ON_FOOT: Final = frozenset({"foot"})
_UNMOTORISED: Final = frozenset({"foot", "bicycle"})
_MOTORISED: Final = frozenset({"motor"})

ROAD_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "motorway": _MOTORISED, "motorway_link": _MOTORISED,
    "trunk": _EVERYBODY, "trunk_link": _EVERYBODY,
    "primary": _EVERYBODY, "primary_link": _EVERYBODY,
    "secondary": _EVERYBODY, "secondary_link": _EVERYBODY,
    "tertiary": _EVERYBODY, "tertiary_link": _EVERYBODY,
    "unclassified": _EVERYBODY, "residential": _EVERYBODY, "living_street": _EVERYBODY,
    "service": _EVERYBODY, "road": _EVERYBODY, "track": _EVERYBODY,
    "path": _UNMOTORISED, "cycleway": _UNMOTORISED, "ferry": _UNMOTORISED,
    "footway": _ON_FOOT, "pedestrian": _ON_FOOT, "steps": _ON_FOOT, "bridleway": _ON_FOOT,
}  # fmt: skip
"""The classes that are roads, and who may use them where no access tag says otherwise."""

_CYCLEWAY_SIDES: Final = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")

RELEVANT_KEYS: Final = frozenset(
    {
        "highway", "route", "area", "junction", "motorroad", "surface", "bridge", "tunnel",
        "access", "vehicle", "foot", "bicycle", "motor_vehicle", "motorcar",
        "oneway", "oneway:foot", "oneway:bicycle", "oneway:motor_vehicle",
        *_CYCLEWAY_SIDES, *(f"{side}:oneway" for side in _CYCLEWAY_SIDES),
        "maxspeed", "maxspeed:forward", "maxspeed:backward",
    }
)  # fmt: skip
"""The keys that `interpret_way` looks at; no other key changes its answer."""

_OPEN: Final = frozenset(
    {
        "yes", "designated", "official", "permissive", "public", "discouraged",
        "destination", "customers",
    }
)  # fmt: skip
_CLOSED: Final = frozenset(
    {"no", "private", "use_sidepath", "dismount", "permit", "restricted", "military", "emergency"}
)
_CLOSED_TO_VEHICLES: Final = frozenset({"agricultural", "forestry", "delivery", "psv", "bus"})

_OWN_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "foot": ("foot",), "bicycle": ("bicycle",), "motor": ("motorcar", "motor_vehicle"),
}  # fmt: skip
_GENERAL_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "foot": ("access",), "bicycle": ("vehicle", "access"), "motor": ("vehicle", "access"),
}  # fmt: skip

_ONEWAY_BITS: Final[Mapping[str, int]] = {
    "yes": ALONG, "true": ALONG, "1": ALONG,
    "-1": AGAINST, "reverse": AGAINST,
    "no": BOTH, "false": BOTH, "0": BOTH, "alternating": BOTH,
    "reversible": 0,
}  # fmt: skip

_SPEED: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?([a-z/]*)")
_SPEED_UNITS: Final[Mapping[str, float]] = {
    "": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "kmph": 1.0,
    "mph": KPH_PER_MPH, "knots": KPH_PER_KNOT, "knot": KPH_PER_KNOT, "kn": KPH_PER_KNOT,
}  # fmt: skip
_ZONE_CODE: Final = re.compile(r"([a-z]{2}):(?:zone:?)?([0-9]{2,3})")
_MPH_COUNTRIES: Final = frozenset({"gb", "uk", "us"})


@dataclass(frozen=True)
class WayRecord:
    """
    What the tags of a way say.

    Parameters
    ----------
    road_class
        One of `ROAD_CLASSES`.
    max_speed_kph
        km/h as signed; NaN where not tagged or not clear.
    surface
        OSM `surface`, the first of a list; "" where not tagged.
    foot, bicycle, motor
        The bits ALONG and AGAINST; 0 where the user may not use the way.
    is_bridge, is_tunnel
        Whether the way runs on a bridge or in a tunnel.
    """

    road_class: str
    max_speed_kph: float
    surface: str
    foot: int
    bicycle: int
    motor: int
    is_bridge: bool
    is_tunnel: bool

    @property
    def closed(self) -> bool:
        """Whether nobody may use the way."""
        return not (self.foot or self.bicycle or self.motor)


def interpret_way(tags: Mapping[str, str]) -> WayRecord | None:
    """
    Read the tags of one way.

    Parameters
    ----------
    tags
        OSM keys and values as mapped.

    Returns
    -------
    record
        None where the way is not a road.

    Examples
    --------
    A one-way street that bicycles may ride against the traffic:

    >>> way = interpret_way({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"})
    >>> way.foot, way.bicycle, way.motor
    (3, 3, 1)
    """
    road_class = _road_class(tags)
    if road_class not in ROAD_CLASSES:
        return None
    on_foot_only = _value(tags, "area") == "yes"
    return WayRecord(
        road_class=road_class,
        max_speed_kph=_max_speed_kph(tags),
        surface=tags.get("surface", "").split(";")[0].strip(),
        foot=_foot_bits(tags) if _may_use(tags, road_class, "foot") else 0,
        bicycle=(
            _bicycle_bits(tags, road_class)
            if not on_foot_only and _may_use(tags, road_class, "bicycle")
            else 0
        ),
        motor=(
            _vehicle_bits(tags, road_class, keys=("oneway:motor_vehicle", "oneway"))
            if not on_foot_only and _may_use(tags, road_class, "motor")
            else 0
        ),
        is_bridge=_value(tags, "bridge") not in {"", "no"},
        # A culvert is the stream under the road, not the road.
        is_tunnel=_value(tags, "tunnel") not in {"", "no", "culvert"},
    )


def parse_max_speed(text: str) -> float:
    """
    A `maxspeed` value in km/h.

    Parameters
    ----------
    text
        As mapped, e.g. "50", "30 mph", "50;80", "walk".

    Returns
    -------
    max_speed_kph
        The smallest clear value; NaN where there is none.

    Examples
    --------
    >>> parse_max_speed("80;50"), parse_max_speed("10 mph"), parse_max_speed("CN:urban")
    (50.0, 16.09344, nan)
    """
    parts = (_one_speed(part) for part in re.split(r"[;|]", text.lower()))
    return min((speed for speed in parts if not math.isnan(speed)), default=math.nan)


def _one_speed(part: str) -> float:
    text = part.strip()
    if text == "walk":
        return WALKING_SIGN_KPH
    speed = math.nan
    if number := _SPEED.fullmatch(text):
        speed = float(number[1]) * _SPEED_UNITS.get(number[2], math.nan)
    elif zone := _ZONE_CODE.fullmatch(text):
        speed = float(zone[2]) * (KPH_PER_MPH if zone[1] in _MPH_COUNTRIES else 1.0)
    return speed if 0 < speed <= FASTEST_SIGN_KPH else math.nan


def _max_speed_kph(tags: Mapping[str, str]) -> float:
    if "maxspeed" in tags:
        return parse_max_speed(tags["maxspeed"])
    # One edge has one limit: where the directions differ, the lower one is the safe promise.
    both = (tags.get("maxspeed:forward", ""), tags.get("maxspeed:backward", ""))
    return parse_max_speed(";".join(both))


def _value(tags: Mapping[str, str], key: str) -> str:
    return tags.get(key, "").strip().lower()


def _road_class(tags: Mapping[str, str]) -> str:
    if "highway" in tags:
        return _value(tags, "highway").split(";")[0].strip()
    return "ferry" if _value(tags, "route") == "ferry" else ""


def _may_use(tags: Mapping[str, str], road_class: str, user: RoadUser) -> bool:
    by_class = user in ROAD_CLASSES[road_class]
    if user != "motor" and _value(tags, "motorroad") == "yes":
        by_class = False
    for key in _OWN_KEYS[user]:
        said = _permission(_value(tags, key), user)
        if said is not None:
            return said
    for key in _GENERAL_KEYS[user]:
        said = _permission(_value(tags, key), user)
        if said is not None:
            return said and by_class
    return by_class


def _permission(value: str, user: RoadUser) -> bool | None:
    """Whether an access value lets the user in; None where it says nothing."""
    parts = {part.strip() for part in value.split(";")}
    if parts & _OPEN:
        return True
    closing = _CLOSED if user == "foot" else _CLOSED | _CLOSED_TO_VEHICLES
    return False if parts & closing else None


def _foot_bits(tags: Mapping[str, str]) -> int:
    return _ONEWAY_BITS.get(_value(tags, "oneway:foot"), BOTH)


def _bicycle_bits(tags: Mapping[str, str], road_class: str) -> int:
    own = _ONEWAY_BITS.get(_value(tags, "oneway:bicycle"))
    if own is not None:
        return own
    if _has_contraflow_lane(tags):
        return BOTH
    return _vehicle_bits(tags, road_class, keys=("oneway",))


def _has_contraflow_lane(tags: Mapping[str, str]) -> bool:
    return any(
        _value(tags, side).startswith("opposite") or _value(tags, f"{side}:oneway") in {"-1", "no"}
        for side in _CYCLEWAY_SIDES
    )


def _vehicle_bits(tags: Mapping[str, str], road_class: str, *, keys: tuple[str, ...]) -> int:
    for key in keys:
        bits = _ONEWAY_BITS.get(_value(tags, key))
        if bits is not None:
            return bits
    implied = road_class == "motorway" or _value(tags, "junction") in {"roundabout", "circular"}
    return ALONG if implied else BOTH
