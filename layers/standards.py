"""Catalogues that decide the numbers: facility kinds, travel modes with their speeds, standards.

Files hold minutes and kilometres, as plans do; here they become seconds and metres.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from coverage.errors import StandardError
from coverage.impedance import MOST_SPEED_KPH, TravelMode
from coverage.standards import Clause, Direction, FacilityKind, Measure, Reading, Scope, Standard
from layers.settings import Model, Settings, nearest_key, parse_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

DATA_FOLDER: Final = Path(__file__).resolve().parent.parent / "data"

KINDS_FILE: Final = DATA_FOLDER / "facilities" / "kinds.toml"

STANDARDS_FOLDER: Final = DATA_FOLDER / "standards"

MODES_FILE: Final = STANDARDS_FOLDER / "modes.toml"

SECONDS_PER_MINUTE: Final = 60.0

METRES_PER_KILOMETRE: Final = 1000.0

Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Speed = Annotated[float, Field(gt=0, le=MOST_SPEED_KPH)]
Delay = Annotated[float, Field(ge=0, le=600)]
Group = Literal["医疗", "养老", "健身", "托育", "文化", "教育", "急救", "绿地", "环卫"]
Tier = Literal["province", "city", "county", "township", "village", ""]


class _Kind(Settings):
    name: Text
    group: Group
    tier: Tier = ""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    icon: Annotated[str, Field(pattern=r"^[\u4e00-\u9fff]$")]
    aliases: list[Text] = Field(default_factory=list)
    members: list[Code] = Field(default_factory=list)


class _Kinds(Settings):
    kinds: Annotated[dict[Code, _Kind], Field(min_length=1)]


class _Speeds(Settings):
    classes: Annotated[list[str], Field(min_length=1)]
    kph: Speed
    source: Text


class _Surfaces(Settings):
    surfaces: Annotated[list[Text], Field(min_length=1)]
    factor: Annotated[float, Field(gt=0, le=1)]
    source: Text


class _Mode(Settings):
    name: Text
    source: Text
    user: Literal["foot", "bicycle", "motor"] = "foot"
    access_kph: Speed = 4.8
    obeys_max_speed: bool = False
    max_kph: Speed = MOST_SPEED_KPH
    junction_delay_s: Delay = 0.0
    signal_delay_s: Delay = 0.0
    delay_source: str = ""
    speeds: list[_Speeds] = Field(default_factory=list)
    surfaces: list[_Surfaces] = Field(default_factory=list)
    like: Code | None = None
    faster_of: list[Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def _speeds_or_choice(self) -> _Mode:
        if [bool(self.speeds), bool(self.like), bool(self.faster_of)].count(True) != 1:
            msg = "必须有 speeds、like 或 faster_of，且只能有其中一种"
            raise ValueError(msg)
        if self.surfaces and not self.speeds:
            msg = "没有 speeds，surfaces 就不起作用，请删去"
            raise ValueError(msg)
        if (self.junction_delay_s or self.signal_delay_s) and not self.delay_source:
            msg = "写了路口或信号灯的延误，还要用 delay_source 写明来源"
            raise ValueError(msg)
        return self


class _Modes(Settings):
    modes: Annotated[dict[Code, _Mode], Field(min_length=1)]


class _Clause(Settings):
    plan: Text
    title: Text
    section: Text
    quote: Text
    targets: list[Text] = Field(default_factory=list)


class _Reading(Settings):
    id: Code
    name: Text
    measure: Measure
    minutes: Annotated[float, Field(gt=0)] | None = None
    kilometres: Annotated[float, Field(gt=0)] | None = None
    mode: Code | None = None
    station_kinds: list[Code] = Field(default_factory=list)
    turnout_minutes: Annotated[float, Field(ge=0, le=60)] | None = None

    @model_validator(mode="after")
    def _one_cutoff(self) -> _Reading:
        by_time = self.measure == "travel_time"
        asked, other = (self.minutes, self.kilometres)[:: 1 if by_time else -1]
        if asked is None or other is not None:
            needed = "minutes（分钟）" if by_time else "kilometres（公里）"
            msg = f"的 measure 是 {self.measure}，阈值只能写 {needed}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _two_legs(self) -> _Reading:
        if self.station_kinds and self.measure != "travel_time":
            msg = f"的 measure 是 {self.measure}，写了 station_kinds 的两段口径只能按时间计"
            raise ValueError(msg)
        if bool(self.station_kinds) != (self.turnout_minutes is not None):
            msg = "的 station_kinds（派车的设施类别）和 turnout_minutes（出车准备）要成对写"
            raise ValueError(msg)
        return self


class _Standard(Settings):
    name: Text
    kinds: Annotated[list[Code], Field(min_length=1)]
    demand_group: Annotated[str, Field(pattern=r"^population[a-z0-9_]*$")] = "population"
    scope: Scope = "all"
    mode: Code
    direction: Direction
    target_percent: Annotated[float, Field(ge=0, le=100)] = 100.0
    target_note: Text
    note: str = ""
    cross_border: bool = True
    clauses: Annotated[list[_Clause], Field(min_length=1)]
    readings: Annotated[list[_Reading], Field(min_length=1)]


def load_kinds(path: Path = KINDS_FILE) -> dict[str, FacilityKind]:
    """
    The kinds of facilities, in the order of the file.

    Parameters
    ----------
    path
        A file like `data/facilities/kinds.toml`.

    Returns
    -------
    kinds
        By code.

    Raises
    ------
    StandardError
        With one sentence per fault of the file, or if a kind embraces an unknown kind, or
        if two kinds bear the same name.
    """
    read = _read(path, _Kinds).kinds
    for code, kind in read.items():
        _check_known(
            kind.members, read, what="设施类别", where=f"「{code}」的「members」", path=path
        )
    words = [word for kind in read.values() for word in (kind.name, *kind.aliases)]
    _check_unique(words, what="设施类别的名称或别名", path=path)
    return {
        code: FacilityKind(
            kind=code,
            name=kind.name,
            group=kind.group,
            tier=kind.tier,
            colour=kind.colour,
            icon=kind.icon,
            aliases=tuple(kind.aliases),
            members=tuple(kind.members),
        )
        for code, kind in read.items()
    }


def load_modes(path: Path = MODES_FILE) -> dict[str, TravelMode]:
    """
    The travel modes with their speed tables, in the order of the file.

    Parameters
    ----------
    path
        A file like `data/standards/modes.toml`.

    Returns
    -------
    modes
        By id; speeds in km/h.

    Raises
    ------
    StandardError
        With one sentence per fault of the file, if a road class or a surface stands twice
        in one mode, or if a choice or `like` names a mode that is unknown or has no
        speeds of its own.
    """
    read = _read(path, _Modes).modes
    tabled = [mode_id for mode_id, mode in read.items() if mode.speeds]
    single = [mode_id for mode_id, mode in read.items() if not mode.faster_of]
    modes = {}
    for mode_id, mode in read.items():
        like = [] if mode.like is None else [mode.like]
        _check_known(like, tabled, what="出行方式", where=f"「{mode_id}」的「like」", path=path)
        where = f"「{mode_id}」的「faster_of」"
        _check_known(mode.faster_of, single, what="出行方式", where=where, path=path)
        classes = [name for row in mode.speeds for name in row.classes]
        surfaces = [name for row in mode.surfaces for name in row.surfaces]
        _check_unique(classes, what=f"「{mode_id}」的道路等级", path=path)
        _check_unique(surfaces, what=f"「{mode_id}」的路面", path=path)
        modes[mode_id] = _mode(mode_id, mode, table=read[mode.like] if mode.like else mode)
    return modes


def _mode(mode_id: str, read: _Mode, *, table: _Mode) -> TravelMode:
    """A mode of the file; its speeds by road class and surface are those of `table`."""
    return TravelMode(
        mode_id=mode_id,
        name=read.name,
        source=read.source,
        user=read.user,
        speed_kph={name: row.kph for row in table.speeds for name in row.classes},
        access_speed_kph=read.access_kph,
        obeys_max_speed=read.obeys_max_speed,
        max_speed_kph=read.max_kph,
        surface_factor={name: row.factor for row in table.surfaces for name in row.surfaces},
        junction_delay_s=read.junction_delay_s,
        signal_delay_s=read.signal_delay_s,
        faster_of=tuple(read.faster_of),
        delay_source=read.delay_source,
        speed_source={name: row.source for row in table.speeds for name in row.classes},
        surface_source={name: row.source for row in table.surfaces for name in row.surfaces},
    )


def load_standards(folder: Path = STANDARDS_FOLDER) -> dict[str, Standard]:
    """
    The service circles and rescue rings: one file each, named by the standard's id.

    Parameters
    ----------
    folder
        A folder like `data/standards/`; `modes.toml` in it is the speed table, the
        facility kinds are the shipped ones.

    Returns
    -------
    standards
        By id, sorted; cutoffs in seconds or metres, targets in [0, 1].

    Raises
    ------
    StandardError
        With one sentence per fault of a file, if there is no file, if a kind or a mode is
        unknown, or if a reading's id is not unique.
    """
    modes_path = folder / MODES_FILE.name
    paths = sorted(path for path in folder.glob("*.toml") if path != modes_path)
    if not paths:
        msg = f"文件夹「{folder}」里没有服务圈标准（*.toml）。请检查路径。"
        raise StandardError(msg)
    kinds, modes = load_kinds(), load_modes(modes_path)
    standards = {}
    for path in paths:
        read = _read(path, _Standard)
        _check_known(read.kinds, kinds, what="设施类别", where="「kinds」", path=path)
        _check_unique(read.kinds, what="「kinds」的设施类别", path=path)
        _check_known([read.mode], modes, what="出行方式", where="「mode」", path=path)
        _check_readings(read.readings, kinds, modes, path=path)
        if read.readings[0].id != path.stem:
            msg = (
                f"设置文件「{path.name}」：第一种口径的 id 应与文件名相同（{path.stem}），"
                f"现为「{read.readings[0].id}」。"
            )
            raise StandardError(msg)
        standards[path.stem] = _standard(path.stem, read)
    readings = [one.reading_id for each in standards.values() for one in each.readings]
    _check_unique(readings, what="口径的「id」", path=folder)
    return standards


def _check_readings(
    readings: Iterable[_Reading],
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
    *,
    path: Path,
) -> None:
    for one in readings:
        where = f"口径「{one.id}」的"
        own = [] if one.mode is None else [one.mode]
        _check_known(own, modes, what="出行方式", where=f"{where}「mode」", path=path)
        _check_known(
            one.station_kinds, kinds, what="设施类别", where=f"{where}「station_kinds」", path=path
        )


def _standard(standard_id: str, read: _Standard) -> Standard:
    return Standard(
        standard_id=standard_id,
        name=read.name,
        kinds=tuple(read.kinds),
        demand_group=read.demand_group,
        scope=read.scope,
        mode_id=read.mode,
        direction=read.direction,
        target=read.target_percent / 100.0,
        target_note=read.target_note,
        clauses=tuple(
            Clause(one.plan, one.title, one.section, one.quote, tuple(one.targets))
            for one in read.clauses
        ),
        readings=tuple(_reading(one) for one in read.readings),
        note=read.note,
        cross_border=read.cross_border,
    )


def _reading(read: _Reading) -> Reading:
    return Reading(
        read.id,
        read.name,
        read.measure,
        _cutoff(read),
        mode_id=read.mode or "",
        station_kinds=tuple(read.station_kinds),
        turnout_s=(read.turnout_minutes or 0.0) * SECONDS_PER_MINUTE,
    )


def _cutoff(reading: _Reading) -> float:
    """Seconds or metres; the model made sure that one of the two is given."""
    if reading.minutes is not None:
        return reading.minutes * SECONDS_PER_MINUTE
    return (reading.kilometres or 0.0) * METRES_PER_KILOMETRE


def _read(path: Path, model: type[Model]) -> Model:
    tables = read_toml(path, error=StandardError)
    return parse_settings(tables, model, source=path.name, error=StandardError)


def _check_known(
    codes: Iterable[str], known: Collection[str], *, what: str, where: str, path: Path
) -> None:
    unknown = [code for code in codes if code not in known]
    if unknown:
        nearest = nearest_key(unknown[0], list(known))
        msg = (
            f"设置文件「{path.name}」：{where}有 {len(unknown)} 个未知的{what}，"
            f"第一个是「{unknown[0]}」，最接近的是「{nearest}」。"
        )
        raise StandardError(msg)


def _check_unique(values: Iterable[str], *, what: str, path: Path) -> None:
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        msg = (
            f"设置文件「{path.name}」：{what}有 {len(repeated)} 个重复，第一个是「{repeated[0]}」。"
        )
        raise StandardError(msg)
