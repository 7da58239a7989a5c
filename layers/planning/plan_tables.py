"""A planner's own plan from a filled table: the same settings and checks as of a plan's file."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from layers.checks.filler_rows import EXAMPLE_MARK
from layers.planning.plan_faults import plan_error
from layers.planning.thresholds import Thresholds
from layers.planning.toml_tables import tables_text
from layers.planning.words import PERCENT, RULES
from layers.plans import checked_plan
from layers.settings import nearest_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.target import Plan
    from layers.planning.target_making import Catalogues
    from layers.tables import SourceTable

TITLES: Final[Mapping[str, str]] = {
    "id": "指标编号",
    "indicator": "指标名称",
    "rule": "规则",
    "subject": "设施（含条件）",
    "group": "人群",
    "scope": "范围",
    "threshold": "阈值",
    "unit": "单位",
    "base_year": "基期年",
    "base_value": "基期值",
    "year_1": "目标年1",
    "value_1": "目标值1",
    "year_2": "目标年2",
    "value_2": "目标值2",
    "year_3": "目标年3",
    "value_3": "目标值3",
    "binding": "约束性/预期性",
    "department": "责任部门",
    "section": "章节",
    "quote": "原文",
    "note": "说明",
    "needs": "逐级要求",
    "reading": "标准口径",
    "indicator_id": "对照编号",
    "conflict": "前后不一致",
    "total": "是否合计数",
    "open": "未定数值的原因",
}
"""Column of the table -> its title in the template (`reports.forms.plan_columns`)."""

NEEDED: Final = ("indicator", "rule", "unit", "section", "quote")

VALUE_COLUMNS: Final = (("year_1", "value_1"), ("year_2", "value_2"), ("year_3", "value_3"))

AREA_MARK: Final = "片区："
"""Begins the scope where it is a part of the area with a name of its own."""

_HOW_NEEDS: Final = (
    "单元=设施 至少几处 人口几万以上，几级用分号隔开，如 乡镇=镇卫生院；县=综合医院 至少2处"
)

NOT_GIVEN: Final = "规划没有给出数值，由填报人自行设定"

UNKNOWN_RULE: Final = "-"
"""Stands for a rule that no title names."""

_PLAIN: Final = (
    "indicator", "unit", "group", "binding", "department", "section", "quote", "note", "reading",
    "indicator_id", "conflict", "open",
)  # fmt: skip

YES_NO: Final = {"是": True, "否": False}

_COLUMN_OF_KEY: Final[Mapping[str, str]] = {
    **{key: TITLES[key] for key in ("id", *_PLAIN, "rule", "subject", "scope")},
    "needs": TITLES["needs"],
    "total": TITLES["total"],
    **dict.fromkeys(
        ("minutes", "kilometres", "metres", "mode", "measure", "per", "at_least", "over_wan",
         "radius_m", "within_m", "each_in"), TITLES["threshold"],
    ),
    "parts": TITLES["subject"],
    "leaders": TITLES["subject"],
    "units": TITLES["scope"],
    "area_name": TITLES["scope"],
    "values": "目标值",
    "baseline": TITLES["base_value"],
}  # fmt: skip
"""Key of a plan's file -> title of the column that it comes from."""

_KEY: Final = re.compile(r"「([a-z_]+)」")
_FIGURE: Final = re.compile(r"([<>]=?|[≤≥])?([+-]?\d+(?:\.\d+)?)(%)?")
_YEAR: Final = re.compile(r"(\d{4})(?:\.0+)?年?")
_PART: Final = re.compile(r"[；;\n]+")
_NAMES: Final = re.compile(r"[、，,；;\n]+")


class PlanFromTable(NamedTuple):
    """A plan and its text, to be kept as a file of the project."""

    plan: Plan
    text: str


def plan_from_table(
    table: SourceTable, head: Mapping[str, Any], names: Catalogues
) -> PlanFromTable:
    """
    A plan from the rows of a filled template.

    Parameters
    ----------
    table
        With n rows; the columns of `TITLES`, in any order, an asterisk in front or not.
    head
        What stands in [plan] of a plan's file: id, title, publisher, area, area_level, years.
    names
        What its names may refer to.

    Returns
    -------
    made
        The plan, and the text of the file that gives the same plan.

    Raises
    ------
    PlanError
        With one sentence per fault, and the row it is in.
    """
    columns = {name.strip().lstrip("*").strip(): name for name in table.cells.columns}
    missing = [TITLES[key] for key in NEEDED if TITLES[key] not in columns]
    if missing:
        listed = "、".join(f"“{name}”" for name in missing)
        said = (
            f"没有 {listed} {'这一列' if len(missing) == 1 else '这几列'}，请用规划指标的模板填报。"
        )
        raise plan_error(table.name, [said], what="指标表")
    cells = {
        key: list(table.column(columns[title])) for key, title in TITLES.items() if title in columns
    }
    targets, places, faults = [], [], []
    thresholds = Thresholds(names.modes)
    for at, row in enumerate(table.rows):
        record = {key: texts[at] for key, texts in cells.items() if texts[at]}
        if not record or any(text.startswith(EXAMPLE_MARK) for text in record.values()):
            continue
        place = f"第 {row} 行"
        target, found = _target(record, row, thresholds)
        faults += [f"{place}{one}" for one in found]
        targets.append(target)
        places.append(place)
    tables = {"plan": dict(head), "targets": targets}
    plan, found = checked_plan(tables, names, places=places)
    faults += [_in_columns(one) for one in found if f"“{UNKNOWN_RULE}”" not in one]
    if plan is None or faults:
        raise plan_error(table.name, sorted(faults, key=_row_of), what="指标表")
    return PlanFromTable(plan, plan_text(tables))


def plan_text(tables: Mapping[str, Any]) -> str:
    """
    The text of a plan's file.

    Parameters
    ----------
    tables
        "plan" and "targets", as TOML gives them.
    """
    return tables_text(tables)


def _target(
    record: Mapping[str, str], row: int, thresholds: Thresholds
) -> tuple[dict[str, Any], list[str]]:
    """The keys of one target, and what cannot be read in its row."""
    target: dict[str, Any] = {"id": record.get("id", f"row-{row}")}
    rules = {form.title: rule for rule, form in RULES.items()}
    word = record.get("rule", "")
    target |= {key: record[key] for key in _PLAIN if key in record}
    if word:
        target["rule"] = rules.get(word, word if word in RULES else UNKNOWN_RULE)
    target |= _subject(record.get("subject"), target.get("rule", ""))
    target |= _scope(record.get("scope"), target.get("rule", ""))
    keys, faults = thresholds.read(record.get("threshold", ""), target.get("rule", ""))
    target |= keys
    for found, wrong in (_needs(record.get("needs"), thresholds), _total(record.get("total"))):
        target |= found
        faults += wrong
    if target.get("rule") == UNKNOWN_RULE:
        nearest = nearest_key(word, list(rules))
        said = f"没有“{word[:40]}”这种核算规则，最接近的是“{nearest}”"
        faults.append(f"的「{TITLES['rule']}」：{said}。")
    numbers, wrong = _numbers(record)
    target |= numbers
    if "values" not in target:
        target.setdefault("open", NOT_GIVEN)
    return target, faults + wrong


def _numbers(record: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Baseline and values by year, and whether lower is better."""
    found_keys: dict[str, Any] = {}
    faults: list[str] = []
    better: set[str] = set()
    for key, pairs in (("baseline", (("base_year", "base_value"),)), ("values", VALUE_COLUMNS)):
        numbers = []
        for year, value in pairs:
            found, wrong = _figure(record, year, value, is_percent=record.get("unit") == PERCENT)
            faults += wrong
            if found is not None:
                numbers.append({"year": found.year, "value": found.value})
                better |= {found.better} if key == "values" else set()
        if numbers:
            found_keys[key] = numbers
    if better == {"lower"}:
        found_keys["better"] = "lower"
    elif "lower" in better:
        faults.append("的目标值有的写“≤”，有的没有写，请统一。")
    return found_keys, faults


def _subject(text: str | None, rule: str) -> dict[str, Any]:
    if text is None:
        return {}
    if rule == "served_by_all_within_time":
        pairs = [part.partition("=") for part in _PART.split(text) if part.strip()]
        return {
            "parts": [
                {"name": name.strip(), "subject": subject.strip() or name.strip()}
                for name, _, subject in pairs
            ]
        }
    if rule == "territory_assignment":
        return {"leaders": [name.strip() for name in _NAMES.split(text) if name.strip()]}
    return {"subject": text}


def _needs(text: str | None, thresholds: Thresholds) -> tuple[dict[str, Any], list[str]]:
    """What each level needs: "乡镇=镇卫生院；县=综合医院 至少2处 人口80万以上"."""
    needs, faults = [], []
    for part in _PART.split(text or ""):
        units, _, rest = (one.strip() for one in part.partition("="))
        subject, *more = rest.split(maxsplit=1)[:2] or [""]
        keys, wrong = thresholds.read(" ".join(more), "units_with_facility")
        if not part.strip():
            continue
        if not (units and subject) or wrong or keys.keys() - {"at_least", "over_wan"}:
            faults.append(
                f"的「{TITLES['needs']}」里“{part.strip()[:40]}”看不懂，应写成 {_HOW_NEEDS}。"
            )
            continue
        needs.append({"units": units, "subject": subject, **keys})
    return {"needs": needs} if needs else {}, faults


def _total(text: str | None) -> tuple[dict[str, Any], list[str]]:
    if text is None:
        return {}, []
    if text not in YES_NO:
        return {}, [f"的「{TITLES['total']}」应填 是 或 否，现为“{text[:40]}”。"]
    return {"total": YES_NO[text]}, []


def _scope(text: str | None, rule: str) -> dict[str, Any]:
    if text is None:
        return {}
    if text.startswith(AREA_MARK):
        return {"area_name": text.removeprefix(AREA_MARK).strip()}
    if rule in ("units_with_facility", "units_served"):
        return {"units": text}
    return {"scope": text}


class _Figure(NamedTuple):
    year: int
    value: float
    better: str


def _figure(
    record: Mapping[str, str], year: str, value: str, *, is_percent: bool
) -> tuple[_Figure | None, list[str]]:
    """A year and its number; ≤ says that lower is better."""
    year_text, value_text = record.get(year, ""), record.get(value, "")
    if not year_text and not value_text:
        return None, []
    if not year_text or not value_text:
        given, absent = (year, value) if year_text else (value, year)
        return None, [f"填了「{TITLES[given]}」，没有填「{TITLES[absent]}」。"]
    when = _YEAR.fullmatch(unicodedata.normalize("NFKC", year_text))
    plain = unicodedata.normalize("NFKC", value_text).replace(" ", "").replace(",", "")
    what = _FIGURE.fullmatch(plain)
    faults = []
    if when is None:
        faults.append(f"的「{TITLES[year]}」应为四位数的年份，现为“{year_text[:40]}”。")
    if what is None or (what[3] and not is_percent):
        faults.append(f"的「{TITLES[value]}」应为数字，现为“{value_text[:40]}”。")
    if when is None or what is None or faults:
        return None, faults
    better = "lower" if (what[1] or "") in ("≤", "<", "<=") else "higher"
    return _Figure(int(when[1]), float(what[2]), better), []


def _in_columns(sentence: str) -> str:
    """A sentence about the keys of a file as one about the columns of the table."""
    if sentence.startswith("[plan]"):
        return sentence  # of the plan itself, which is no row of the table
    return _KEY.sub(lambda one: f"「{_COLUMN_OF_KEY.get(one[1], one[1])}」", sentence)


def _row_of(sentence: str) -> int:
    found = re.match(r"第 (\d+) 行", sentence)
    return int(found[1]) if found else 0
