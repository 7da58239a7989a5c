"""What a target's rule looks at, made of its keys; faults are collected, not raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.rules.target import (
    CapacityShare,
    Colocated,
    FacilityCount,
    FacilityShare,
    PerPopulation,
    Reported,
    Served,
    ServedByAll,
    Territory,
    UnitNeed,
    UnitsServed,
    UnitsWithFacility,
)
from layers.planning.subjects import SubjectFault, facility_choice, subject_sides
from layers.planning.words import AREA_UNIT, QUANTITIES, RULES, SAME_UNIT, UNITS
from layers.settings import nearest_key
from layers.standards import METRES_PER_KILOMETRE, SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coverage.impedance import TravelMode
    from coverage.rules.target import Ask, FacilityChoice, Rule, UnitLevel
    from coverage.standards import FacilityKind, Measure, Reading, Standard
    from layers.planning.plan_settings import TargetSettings

PERSONS_PER_WAN: Final = 10_000.0

MEASURES: Final[Mapping[str, Measure]] = {
    "network": "network_distance",
    "straight": "straight_line",
}

_TWO: Final = 2


class AskMaker:
    """
    Makes the ask of one target.

    Parameters
    ----------
    settings
        Of the target.
    kinds, standards, modes
        What its names may refer to.
    """

    def __init__(
        self,
        settings: TargetSettings,
        kinds: Mapping[str, FacilityKind],
        standards: Mapping[str, Standard],
        modes: Mapping[str, TravelMode],
    ) -> None:
        self._settings = settings
        self._kinds = kinds
        self._standards = standards
        self._modes = modes
        self.faults: list[str] = []
        self.gap_unit = ""

    def ask(self, rule: Rule) -> Ask | None:
        """The ask; None where its faults (`faults`, each without the target's name) forbid it."""
        makers: Mapping[Rule, Callable[[], Ask | None]] = {
            "served_within_time": self._served_in_time,
            "served_within_distance": self._served_in_distance,
            "served_by_all_within_time": self._served_by_all,
            "capacity_per_population": self._capacity,
            "area_per_population": self._area,
            "units_with_facility": self._units_with_facility,
            "units_served": self._units_served,
            "facility_count": self._count,
            "facility_share": self._share,
            "capacity_share": self._capacity_share,
            "colocated_within_distance": self._colocated,
            "territory_assignment": self._territory,
            "reported": Reported,
        }
        made = makers[rule]()
        return None if self.faults else made

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"{sentence}。")

    def _choice(self, text: str | None, key: str = "subject") -> tuple[FacilityChoice, str] | None:
        """The facilities and the quantity of a subject; None where there is none to be had."""
        if text is None:
            return None
        try:
            return facility_choice(text, self._kinds)
        except SubjectFault as fault:
            self._fault(f"「{key}」：{fault}")
            return None

    def _facilities(self, text: str | None, key: str = "subject") -> FacilityChoice:
        """The facilities of a subject that sums nothing."""
        found = self._choice(text, key)
        if found is None:
            return ()
        choice, quantity = found
        if quantity:
            self._fault(f"「{key}」的“.{quantity}”对这种核算规则不起作用，请删去")
        return choice

    def _sides(self, sign: str) -> tuple[str, str] | None:
        text = self._settings.subject
        if text is None:
            return None
        sides = subject_sides(text, sign)
        if len(sides) != _TWO:
            form = {"/": "甲/乙（乙为分母）", "~": "甲~乙"}[sign]
            self._fault(f"「subject」应写成 {form}，“{text[:40]}”里有 {len(sides) - 1} 个 {sign}")
            return None
        return sides[0], sides[1]

    def _served_in_time(self) -> Served | None:
        settings = self._settings
        minutes = settings.minutes
        cutoff = None if minutes is None else minutes * SECONDS_PER_MINUTE
        facilities = self._facilities(settings.subject)
        if settings.reading is not None:
            return self._as_read(settings.reading, facilities, "travel_time", cutoff)
        mode = self._mode()
        direction = settings.direction
        return Served(facilities, "travel_time", cutoff, mode, direction)

    def _served_in_distance(self) -> Served | None:
        settings = self._settings
        facilities = self._facilities(settings.subject)
        if settings.metres is not None and settings.kilometres is not None:
            self._fault("「metres」和「kilometres」只能写一项")
        cutoff = settings.metres
        if settings.kilometres is not None:
            cutoff = settings.kilometres * METRES_PER_KILOMETRE
        measure = MEASURES.get(settings.measure or "")
        if settings.measure is not None and measure is None:
            said = "只能是 network（路网距离）、straight（直线距离）"
            self._fault(f"「measure」{said}，现为“{settings.measure[:40]}”")
            return None
        if settings.reading is not None:
            return self._as_read(settings.reading, facilities, measure, cutoff)
        if measure is None:
            self._fault("缺少「measure」：写 network（路网距离）或 straight（直线距离）")
            return None
        if measure == "straight_line":
            for key in ("mode", "direction"):
                if key in settings.model_fields_set:
                    self._fault(f"「{key}」不起作用：直线距离不分出行方式和方向，请删去")
            return Served(facilities, measure, cutoff)
        return Served(facilities, measure, cutoff, self._mode(), settings.direction)

    def _as_read(
        self,
        reading_id: str,
        facilities: FacilityChoice,
        measure: Measure | None,
        cutoff: float | None,
    ) -> Served | None:
        """As a standard reads it: what the target says besides must say the same."""
        known = {
            one.reading_id: (standard, one)
            for standard in self._standards.values()
            for one in standard.readings
        }
        if reading_id not in known:
            nearest = nearest_key(reading_id, list(known))
            said = f"没有“{reading_id[:40]}”这种口径，最接近的是“{nearest}”"
            self._fault(f"「reading」：{said}")
            return None
        standard, reading = known[reading_id]
        is_time = reading.measure == "travel_time"
        if is_time != (self._settings.rule == "served_within_time") or (
            measure is not None and measure != reading.measure
        ):
            self._fault(f"「reading」：口径“{reading.name}”的量法与本指标不同")
        if cutoff is not None and cutoff != reading.cutoff:
            said = f"口径“{reading.name}”的阈值是 {reading.cutoff_text}，与本指标写的不同"
            self._fault(f"「reading」：{said}")
        self._check_same(standard, reading)
        is_straight = reading.measure == "straight_line"
        mode = "" if is_straight else reading.mode_id or standard.mode_id
        return Served(
            facilities, reading.measure, reading.cutoff, mode, standard.direction, reading_id
        )

    def _check_same(self, standard: Standard, reading: Reading) -> None:
        """Mode and direction may be left out beside a reading, but not differ from it."""
        given = self._settings.model_fields_set
        said = {
            "mode": (self._settings.mode, reading.mode_id or standard.mode_id),
            "direction": (self._settings.direction, standard.direction),
        }
        for key, (own, read) in said.items():
            if key in given and own != read:
                text = f"口径“{reading.name}”用的是 {read}，与本指标写的 {own} 不同"
                self._fault(f"「{key}」：{text}")

    def _mode(self) -> str:
        mode = self._settings.mode
        if mode is None:
            self._fault("缺少「mode」：条款没有写明出行方式的，也要选定一种并在 note 里说明")
            return ""
        if mode not in self._modes:
            nearest = nearest_key(mode, list(self._modes))
            self._fault(f"「mode」：没有“{mode[:40]}”这种出行方式，最接近的是“{nearest}”")
        return mode

    def _served_by_all(self) -> ServedByAll | None:
        settings = self._settings
        if len(settings.parts) < _TWO:
            self._fault("「parts」至少要有两类设施")
        names = [part.name for part in settings.parts]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                self._fault(f"「parts」里“{name[:40]}”写了 {names.count(name)} 次")
        parts = tuple(
            (part.name, self._facilities(part.subject, f"parts」的「{part.name[:40]}"))
            for part in settings.parts
        )
        mode = self._mode() if settings.mode is not None else ""
        cutoff = None if settings.minutes is None else settings.minutes * SECONDS_PER_MINUTE
        return ServedByAll(parts, cutoff, mode)

    def _capacity(self) -> PerPopulation | None:
        found = self._summed(self._settings.subject, is_area=False)
        if found is None:
            return None
        unit = QUANTITIES[found[1]][1]
        own = SAME_UNIT.get(self._settings.unit, self._settings.unit)
        if own != unit and self._settings.unit in RULES["capacity_per_population"].units:
            said = f"“{self._settings.unit[:40]}”，{found[1]}的单位应为 {unit}"
            self._fault(f"「unit」是{said}")
        return PerPopulation(found[0], QUANTITIES[found[1]][0], float(self._settings.per))

    def _area(self) -> PerPopulation | None:
        found = self._summed(self._settings.subject, is_area=True)
        if found is None:
            return None
        return PerPopulation(found[0], QUANTITIES[found[1]][0], float(self._settings.per))

    def _summed(
        self, text: str | None, *, is_area: bool | None
    ) -> tuple[FacilityChoice, str] | None:
        """The facilities and the word of what is summed, which must be there."""
        found = self._choice(text)
        if found is None or text is None:
            return None
        words = [
            word
            for word, (_, unit) in QUANTITIES.items()
            if is_area is None or (unit == AREA_UNIT) == is_area
        ]
        if found[1] not in words:
            said = f"“{text[:40]}”后面要写明合计哪个数量：{'、'.join(f'.{word}' for word in words)}"
            self._fault(f"「subject」：{said}")
            return None
        return found

    def _units_with_facility(self) -> UnitsWithFacility | None:
        settings = self._settings
        if settings.needs:
            for key in ("units", "subject", "at_least", "over_wan"):
                if key in settings.model_fields_set:
                    self._fault(f"「{key}」不起作用：已经写了 needs，请删去其中一项")
            return UnitsWithFacility(
                tuple(
                    self._need(
                        one.units,
                        one.subject,
                        one.at_least,
                        one.over_wan,
                        key=f"needs」的第 {at} 项「",
                    )
                    for at, one in enumerate(settings.needs, start=1)
                )
            )
        if settings.units is None:
            self._fault("缺少「units」")
            return None
        need = self._need(settings.units, settings.subject, settings.at_least, settings.over_wan)
        return UnitsWithFacility((need,))

    def _need(
        self,
        units: str,
        subject: str | None,
        at_least: int,
        over_wan: float | None,
        *,
        key: str = "",
    ) -> UnitNeed:
        return UnitNeed(
            self._unit_level(units, f"{key}units"),
            self._facilities(subject, f"{key}subject"),
            at_least,
            (over_wan or 0.0) * PERSONS_PER_WAN,
        )

    def _unit_level(self, word: str, key: str = "units") -> UnitLevel:
        if word in UNITS:
            return UNITS[word]
        nearest = nearest_key(word, list(UNITS))
        self._fault(f"「{key}」：没有“{word[:40]}”这种单元，最接近的是“{nearest}”")
        return UNITS[nearest]

    def _units_served(self) -> UnitsServed | None:
        settings = self._settings
        if settings.units is None:
            return None
        level = self._unit_level(settings.units)
        return UnitsServed(level, self._facilities(settings.subject), settings.radius_m)

    def _count(self) -> FacilityCount:
        parts = tuple(dict.fromkeys(self._settings.each_in))
        return FacilityCount(self._facilities(self._settings.subject), parts)

    def _share(self) -> FacilityShare | None:
        sides = self._sides("/")
        return sides and FacilityShare(self._facilities(sides[0]), self._facilities(sides[1]))

    def _capacity_share(self) -> CapacityShare | None:
        sides = self._sides("/")
        if sides is None:
            return None
        having, among = (self._summed(side, is_area=None) for side in sides)
        if having is None or among is None:
            return None
        units = [QUANTITIES[side[1]][1] for side in (having, among)]
        if units[0] != units[1]:
            said = f"“{having[1]}”论{units[0]}，“{among[1]}”论{units[1]}，不能相比"
            self._fault(f"「subject」：{said}")
        self.gap_unit = units[0]
        return CapacityShare(having[0], QUANTITIES[having[1]][0], among[0], QUANTITIES[among[1]][0])

    def _colocated(self) -> Colocated | None:
        sides = self._sides("~")
        within = self._settings.within_m
        return sides and Colocated(self._facilities(sides[0]), self._facilities(sides[1]), within)

    def _territory(self) -> Territory:
        leaders = self._settings.leaders
        if "leaders" in self._settings.model_fields_set and len(set(leaders)) < _TWO:
            self._fault("「leaders」至少要有两家牵头机构，且不得重复")
        return Territory(tuple(dict.fromkeys(leaders)))
