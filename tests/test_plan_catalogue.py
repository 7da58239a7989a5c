"""The shipped catalogue of plans, against the plans' own texts and the list of known targets."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pytest

from layers.planning.plan_faults import PlanError
from layers.plans import PLANS_FOLDER, load_plans
from layers.settings import read_toml
from layers.standards import load_standards

TEXTS = Path(__file__).resolve().parents[2] / "shared" / "plans"

LISTED = TEXTS / "plan_targets.csv"

PLAN_IDS = ("jinan-2019", "jinan-2022", "jining-2024", "liaocheng-2018", "shandong-2018")

NUMBER_KEYS = ("minutes", "kilometres", "metres", "at_least", "over_wan", "radius_m", "within_m")

WHOLE = re.compile(r"每|各|均|全|所有|一律|都|至少")
"""Words that say 100 % without the number."""

DIFFERENT = {
    "jinan-2022/medical-group-grid": "the list gives no unit; territories are counted",
    "shandong-2018/industry-value": "the list leaves out 2020 (8300)",
    "shandong-2018/industry-gdp-share": "the list leaves out 2030 (14)",
    "shandong-2018/service-share": "the list leaves out 2020 (55)",
    "shandong-2018/elderly-health-managed": "the list leaves out the baseline of 2017",
    "liaocheng-2018/beds-per-1000-baseline": "beds and people are in the data: worked out, not typed in",
}
"""Target id -> why the catalogue differs from the list."""

OWN_FACILITIES = {
    "jinan-2022/village-service-radius-2500": "counts village clinics only, the standard more kinds"
}
"""Targets that a standard's clause lists and that count other facilities, with the reason."""

_DIGITS = dict(zip("〇零一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_PER = {100: "百", 1000: "千", 10000: "万", 100000: "10万"}
_PER_SHORT = {10000: "1万", 100000: "十万"}


def targets_of(plan_id):
    return read_toml(PLANS_FOLDER / f"{plan_id}.toml", error=PlanError)["targets"]


def everything():
    return [(plan_id, one) for plan_id in PLAN_IDS for one in targets_of(plan_id)]


def squeezed(text):
    return "".join(text.split())


def chinese_number(text):
    """十五 -> 15, 三十 -> 30, 一百 -> 100; only what plans write so."""
    total = unit = 0
    for sign in text:
        if sign in _DIGITS:
            unit = _DIGITS[sign]
        elif sign == "十":
            total += (unit or 1) * 10
            unit = 0
        elif sign == "百":
            total += (unit or 1) * 100
            unit = 0
    return total + unit


def numbers_in(text):
    """Every number of a passage, in digits or in Chinese numerals."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    found = {float(one) for one in re.findall(r"\d+(?:\.\d+)?", plain)}
    found |= {
        float(chinese_number(one)) for one in re.findall("[〇零一二两三四五六七八九十百]+", plain)
    }
    return found


def numbers_of(target):
    """What a target says in numbers: key -> number."""
    found = [(key, float(target[key])) for key in NUMBER_KEYS if key in target]
    for need in target.get("needs", ()):
        found += [(key, float(need[key])) for key in NUMBER_KEYS if key in need]
    for key in ("values", "baseline"):
        found += [(key, float(one["value"])) for one in target.get(key, ())]
    return found


@pytest.fixture(scope="module")
def plans():
    return load_plans()


@pytest.fixture(scope="module")
def texts():
    if not TEXTS.is_dir():
        pytest.skip("the plans' texts (../shared/plans) are not at hand; they may not ship")
    return {path.stem: squeezed(path.read_text("utf-8")) for path in TEXTS.glob("*-20*.*")}


@pytest.fixture(scope="module")
def listed():
    if not LISTED.is_file():
        pytest.skip("the list of known targets (../shared/plans) is not at hand; it may not ship")
    with LISTED.open(encoding="utf-8-sig", newline="") as handle:
        return {row["id"]: row for row in csv.DictReader(handle)}


def test_every_plan_loads(plans):
    assert set(plans) >= set(PLAN_IDS)


def test_numerals():
    assert numbers_in("十五分钟，二十五所，每千人 1.4 张，一百，68 70") == {
        15,
        25,
        1.4,
        100,
        68,
        70,
    }


@pytest.mark.parametrize("plan_id", PLAN_IDS)
@pytest.mark.parametrize("key", ["quote", "table_row"])
def test_clauses_stand_in_the_plan_word_for_word(texts, plan_id, key):
    missing = [
        f"{one['id']}: {one[key]}"
        for one in targets_of(plan_id)
        if key in one and squeezed(one[key]) not in texts[plan_id]
    ]
    assert missing == []


@pytest.mark.parametrize("plan_id", PLAN_IDS)
def test_titles_stand_in_the_plan(texts, plan_id):
    title = read_toml(PLANS_FOLDER / f"{plan_id}.toml", error=PlanError)["plan"]["title"]
    assert squeezed(title) in texts[plan_id]


@pytest.mark.parametrize("plan_id", PLAN_IDS)
def test_no_number_is_missing_from_its_clause(plan_id):
    missing = []
    for target in targets_of(plan_id):
        passage = f"{target['quote']} {target.get('table_row', '')}"
        known = numbers_in(passage)
        for key, number in numbers_of(target):
            if (key, number) == ("at_least", 1):
                continue  # as without the key: "每县建立"
            is_whole = key in ("values", "baseline") and number == 100 and target["unit"] == "%"
            if number not in known and not (is_whole and WHOLE.search(passage)):
                missing.append(f"{target['id']}: {key} {number:g}")
        per = target.get("per", 1)
        words = (_PER.get(per, "人"), _PER_SHORT.get(per, str(per)))
        if per > 1 and not any(word in squeezed(passage) for word in words):
            missing.append(f"{target['id']}: per {per}")
    assert missing == []


def test_all_listed_targets_are_there(listed, plans):
    ids = {one.target_id for plan in plans.values() for one in plan.targets}
    assert sorted(set(listed) - ids) == []


def listed_values(text):
    """ "2020:≤3.5;2025:40" as ({2020: 3.5, 2025: 40.0}, whether lower is better)."""
    values, lower = {}, False
    for part in filter(None, text.split(";")):
        year, _, number = part.partition(":")
        found = re.fullmatch(r"([<≤≥>]?)(\d+(?:\.\d+)?)", number)
        if found is not None:
            values[int(year)] = float(found[2])
            lower |= found[1] in ("<", "≤")
    return values, lower


def test_listed_targets_have_rule_values_and_unit(listed, plans):
    by_id = {one.target_id: one for plan in plans.values() for one in plan.targets}
    different = {}
    for target_id, row in listed.items():
        target = by_id.get(target_id)
        if target is None:
            continue
        values, lower = listed_values(row["targets"])
        wanted = (row["rule"], values, row["unit"], lower, listed_values(row["baseline"])[0])
        found = (
            target.rule,
            {one.year: one.value for one in target.values},
            target.unit,
            target.better == "lower" if values else False,
            {one.year: one.value for one in target.baseline},
        )
        if wanted != found:
            different[target_id] = f"list {wanted}, catalogue {found}"
    assert {key: one for key, one in different.items() if key not in DIFFERENT} == {}
    assert sorted(set(DIFFERENT) - set(different)) == []


def test_open_targets_say_why(plans):
    targets = [one for plan in plans.values() for one in plan.targets]
    assert all(bool(one.values) != bool(one.open_reason) for one in targets)


def test_standards_and_targets_agree(plans):
    """A target that a standard's clause lists is read as the standard reads it."""
    by_id = {one.target_id: one for plan in plans.values() for one in plan.targets}
    for standard in load_standards().values():
        readings = {one.reading_id for one in standard.readings}
        for clause in standard.clauses:
            for target_id in clause.target_ids:
                if target_id not in OWN_FACILITIES:
                    assert by_id[target_id].ask.reading_id in readings
                assert squeezed(clause.quote) in squeezed(by_id[target_id].clause.quote)


def test_the_same_indicator_has_the_same_rule_and_unit(plans):
    """Plans can be set side by side only where they count the same thing."""
    seen = {}
    for plan in plans.values():
        for one in plan.targets:
            if one.indicator_id:
                seen.setdefault(one.indicator_id, set()).add((one.rule, one.unit, one.better))
    assert {key: kinds for key, kinds in seen.items() if len(kinds) > 1} == {}
