"""Every number of the Word report, held against the row of the result tables that it is about.

An oracle of its own: it reads the document as text and the files as an office would, and knows
nothing of how the report is written.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter

import pandas as pd
from docx.oxml.ns import qn

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
NOT_RESULTS = ("核算方法", "附录1　数据来源", "附录2　参数设置", "附录3　输入文件校验")
"""Settings, clauses and sources, which no result table holds."""


def text_of(element):
    return "".join(node.text or "" for node in element.iter(qn("w:t")))


def numbers_of(text):
    return NUMBER.findall(re.sub(r"图\d+", "", text))


def forms(value):
    """Every form in which a document may say a number; shares are never rounded up to 100."""
    found = {f"{value:,.0f}", f"{abs(value):,.0f}", f"{value:g}", f"{value / 60:,.1f}"}
    found |= {f"{math.ceil(value - 1e-6):,}", f"{value / 1000:,.2f}"}
    found |= {f"{value:,.{n}f}".rstrip("0").rstrip(".") for n in range(1, 5)}
    if 0 <= value <= 1:
        found |= {f"{value * 100:.1f}", f"{math.floor(value * 1000) / 10:.1f}"}
        found |= {f"{value * 100:.{n}f}".rstrip("0").rstrip(".") for n in (1, 2)} - {""}
        found |= {f"{math.floor(value * 10_000) / 100:.2f}".rstrip("0").rstrip(".")}
    return found


def said_by(value):
    """Forms of all numbers in a value: a cell, a row, or what JSON holds."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, str):
        return set(numbers_of(value))
    if isinstance(value, dict):
        return said_by(list(value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(said_by(one) for one in value))
    return forms(float(value)) if math.isfinite(value) else set()


class CheckedNumbers:
    """A document's numbers beside the tables that were written with it."""

    def __init__(self, document, tables, *, year):
        self.tables, self.year = tables, year
        self.in_text = self.in_tables = 0
        self._wrong, self._unknown = [], []
        self.zones = self.csv("zones.csv")
        self.whole = self.zones[self.zones["zone_id"] == ""]
        self.gaps = self.geojson("gaps.geojson")
        self.targets = self.csv("targets.csv")
        self.scenario = self.csv("scenario_readings.csv")
        self.names = sorted(
            {*self.zones["standard_name"], *self.zones["reading_name"], *self.zones["reading_id"]},
            key=len, reverse=True,
        )  # fmt: skip
        self._walk(document)

    def csv(self, name):
        """A table whose ids and names are texts and whose numbers are numbers."""
        table = pd.read_csv(io.BytesIO(self.tables[name]), encoding="utf-8-sig", dtype=str,
                            keep_default_na=False)  # fmt: skip
        for column in table:
            if column.endswith("_id"):
                continue
            numbers = pd.to_numeric(table[column].replace("", None), errors="coerce")
            if numbers.notna().sum() == (table[column] != "").sum():
                table[column] = numbers
        return table

    def geojson(self, name):
        features = json.loads(self.tables[name])["features"]
        return pd.DataFrame([one["properties"] for one in features])

    def json(self, name):
        return json.loads(self.tables[name])

    def wrong(self):
        """Numbers that the tables do not say, each with what it stands in."""
        return self._wrong

    def unknown_tables(self):
        return self._unknown

    def _walk(self, document):
        part = standard = caption = ""
        styles = {one.style_id: one.name for one in document.styles}
        for element in document.element.body:
            if element.tag == qn("w:tbl"):
                if part not in NOT_RESULTS:
                    self._table(caption, element)
                continue
            style = element.find(f".//{qn('w:pStyle')}")
            name = styles.get(style.get(qn("w:val"))) if style is not None else ""
            text = text_of(element)
            if name in ("Heading 1", "报告附录标题"):
                part, standard = text, ""
            elif name == "Heading 2":
                standard = text
            elif name == "报告表题":
                caption = text.partition("　")[2]
            elif name in ("报告正文", "报告附注") and part and part not in NOT_RESULTS:
                self._text(part, standard, text)

    def _text(self, part, standard, text):
        allowed = self._section(part, standard)
        bare = text
        for name in self.names:
            bare = bare.replace(name, "")
        for number in numbers_of(bare):
            self.in_text += 1
            if number not in allowed:
                self._wrong.append((number, text))

    def _table(self, caption, element):
        rows = [
            [text_of(cell) for cell in row.iter(qn("w:tc"))] for row in element.iter(qn("w:tr"))
        ]
        found = next((check for ending, check in self._checks() if ending in caption), None)
        if found is None:
            self._unknown.append(caption)
            return
        for at, cells in enumerate(rows[1:], start=1):
            allowed = said_by(found(caption, cells))
            first = int(rows[0][0] == "序号")
            if first and cells[0] not in (str(at), ""):
                self._wrong.append((cells[0], caption))
            for cell in cells[first:]:
                for number in numbers_of(cell):
                    self.in_tables += 1
                    if number not in allowed:
                        self._wrong.append((number, f"{caption}：{cells}"))

    def _checks(self):
        """End of a caption -> the rows of the tables that a row of it is about."""
        return (
            ("分单元覆盖情况（", self._zone_rows),
            ("各种口径", self._reading_rows),
            ("未覆盖的", self._gap_rows),
            ("结论有变化的指标", self._verdict_rows),
            ("指标核算", self._target_rows),
            ("的指标", self._target_rows),
            ("建议地点", self._site_rows),
            ("情景的动作", self._action_rows),
            ("情景前后的覆盖", self._scenario_rows),
            ("情景前后的出行时间", self._time_rows),
            ("豁免的", self._waived_rows),
            ("纳入的设施", self._kind_rows),
            ("数据文件的读取", self._file_rows),
        )

    @staticmethod
    def _rows(table):
        return table.to_dict("records")

    def _standard(self, caption):
        """Name of the standard that a caption begins with, and its main reading."""
        name = next(one for one in self.names if caption.startswith(one))
        return name, self.whole[self.whole["standard_name"] == name]["reading_id"].iloc[0]

    def _zone_rows(self, caption, cells):
        _, reading = self._standard(caption)
        rows = self.zones[(self.zones["reading_id"] == reading)]
        return self._rows(rows[rows["zone_name"] == cells[0]])

    def _reading_rows(self, caption, cells):
        name, _ = self._standard(caption)
        rows = self.whole[self.whole["standard_name"] == name]
        return [cells[0], *self._rows(rows[rows["reading_name"] == cells[0]])]

    def _gap_rows(self, caption, cells):
        _, reading = self._standard(caption)
        rows = self.gaps[self.gaps["reading_id"] == reading]
        facilities = self.csv("facilities.csv").set_index("facility_id")["facility_name"]
        found = rows[rows["demand_name"] == cells[1]]
        return [*self._rows(found), *facilities.reindex(found["facility_id"]).dropna().tolist()]

    def _target_rows(self, _, cells):
        rows = self.targets[self.targets["zone_id"] == ""]
        return self._rows(rows[rows["indicator"] == cells[1]])

    def _verdict_rows(self, _, cells):
        rows = self.csv("scenario_verdicts.csv")
        return self._rows(rows[(rows["indicator"] == cells[0]) & (rows["zone_id"] == "")])

    def _site_rows(self, _, cells):
        sites = self.geojson("sites.geojson")
        return self._rows(sites[sites["site_name"] == cells[2]])

    def _action_rows(self, _, cells):
        """What is done stands in the scenario's file; its costs add up to those of the table."""
        costs = self.csv("scenario_costs.csv").iloc[0]
        self._costs = getattr(self, "_costs", 0.0) + float(NUMBER.findall(f"{cells[-1]} 0")[0])
        assert self._costs <= costs["cost"] + 1e-9
        return [cells]

    def _scenario_rows(self, _, cells):
        standard, _, reading = cells[0].partition("：")
        main = self.whole[
            (self.whole["standard_name"] == standard) & (self.whole["reading_name"] == reading)
        ]
        rows = self.scenario[self.scenario["reading_id"].isin(main["reading_id"])]
        return [cells[0], *self._rows(rows[rows["zone_id"] == ""])]

    def _time_rows(self, _, cells):
        standard, _, reading = cells[1].partition("：")
        main = self.whole[
            (self.whole["standard_name"] == standard) & (self.whole["reading_name"] == reading)
        ]
        times = self.csv("scenario_times.csv")
        rows = times[times["reading_id"].isin(main["reading_id"])]
        return [cells[:2], *self._rows(rows[rows["scenario_name"] == cells[0]])]

    def _waived_rows(self, _, cells):
        waived = self.csv("waived_units.csv")
        return self._rows(waived[waived["item_name"] == cells[1]])

    def _kind_rows(self, _, cells):
        facilities = self.csv("facilities.csv")
        if cells[0] == "合计":
            return [len(facilities)]
        return [int((facilities["kind_name"] == cells[0]).sum())]

    def _file_rows(self, _, cells):
        """What was found in a file; what was read of it stands in no table but adds up."""
        read, used, aside = (int(one.replace(",", "")) for one in cells[1:4])
        assert read - used == aside
        found = self.csv("findings.csv")
        names = found["file"].str.split("|").str[0].str.rpartition("/")[2]
        mine = found[names == cells[0].partition("（")[0]]
        return [cells[:4], *mine["check_name"].value_counts().tolist()]

    def _section(self, part, standard):
        """What the text of a section may say."""
        checks = {
            "范围与数据": self._area,
            "覆盖情况": lambda: self._coverage(standard),
            "缺口清单": lambda: self._gap_counts(standard),
            "规划指标核算": self._verdicts,
            "选址建议": lambda: [self.json("siting.json"), len(self.csv("unservable.csv"))],
            "情景比较": self._scenario_sums,
            "局限与误差范围": self._limits,
            "豁免清单": lambda: [len(self.csv("waived_units.csv"))],
        }
        return said_by(checks[part]()) if part in checks else set()

    def _area(self):
        demand, facilities = self.csv("demand.csv"), self.csv("facilities.csv")
        people = demand["population"]
        return [
            self.zones["zone_id"].nunique() - 1, len(demand), len(facilities), people.sum(),
            int(people.isna().sum()), self.json("summary.json")["notices"], self.year,
        ]  # fmt: skip

    def _coverage(self, standard):
        zones = self.zones[self.zones["standard_name"] == standard]
        empty = (zones["share"] == 0).groupby(zones["reading_id"]).sum()
        return [self._rows(zones), empty.tolist()]

    def _gap_counts(self, standard):
        rows = self.gaps[self.gaps["standard_name"] == standard]
        return [20, *(self._counted(one) for _, one in rows.groupby("reading_id"))]

    def _verdicts(self):
        rows = self.targets[self.targets["zone_id"] == ""]
        counts = Counter(zip(rows["plan_id"], rows["verdict"], strict=True))
        return [self.year, *counts.values(), *Counter(rows["plan_id"]).values()]

    def _scenario_sums(self):
        verdicts = self.csv("scenario_verdicts.csv")
        verdicts = verdicts[verdicts["zone_id"] == ""]["verdict_after"]
        whole = self.scenario[self.scenario["zone_id"] == ""]
        costs = self._rows(self.csv("scenario_costs.csv"))
        return [costs, whole["villages_lost"].tolist(), int((verdicts == "数据不足").sum())]

    def _limits(self):
        demand = self.csv("demand.csv")
        unsure = [int((demand[one] == "uncertain").sum()) for one in demand if "_verdict" in one]
        differ = int(self.csv("area_checks.csv")["disagree"].sum())
        band = self.json("summary.json")["error_band"]
        return [band, unsure, differ, len(self.csv("access_checks.csv"))]

    @staticmethod
    def _counted(rows):
        """What is counted and added up of the gaps of one reading."""
        rest = rows.sort_values("population", ascending=False, kind="stable").iloc[20:]
        return [
            len(rows), rows["population"].sum(), len(rest), rest["population"].sum(),
            int((rows["verdict"] == "uncertain").sum()), int(rows["population"].isna().sum()),
        ]  # fmt: skip
