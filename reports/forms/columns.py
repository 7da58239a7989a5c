"""What the blank tables ask for, column by column: name, unit, rule, example.

A title is a name that `data/intake/column_names.csv` holds as first choice for the layer, so that
what comes back is mapped without a question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from coverage.contracts import MOST_AREA_M2, MOST_BEDS, MOST_PERSONS, MOST_TURNOUT_S
from layers.columns.contents import CHINA_LAT, CHINA_LON

if TYPE_CHECKING:
    from layers.columns.synonyms import Layer

Content = Literal["text", "whole", "decimal", "degrees"]

REQUIRED_MARK: Final = "*"
"""Stands before the header of a column that must be filled; the mapping takes no notice of it."""

KIND: Final = "kind"

_SECONDS_PER_MINUTE: Final = 60.0


@dataclass(frozen=True)
class FormColumn:
    """
    One column of a blank table.

    Parameters
    ----------
    ours
        Key of `layers.columns.synonyms.OUR_COLUMNS`; "" for what only people read.
    title
        What the office calls it.
    meaning
        What is to be written, as the guide and the note on the cell say it.
    example
        What stands in the example row; None leaves the cell empty.
    unit
        Stands in brackets behind the title; "" where there is none.
    required
        Whether every row needs it.
    content
        "text" keeps what is typed, zeros in front included; the others are numbers.
    limits
        Smallest and largest number, or fewest and most characters of a text; both may occur.
    choices
        Words of the drop-down; () for none, and for `KIND`, whose words come from the project.
    choices_only
        Whether other words than these are refused, or only asked about.
    refusal
        What is said of a cell that breaks the rule.
    """

    ours: str
    title: str
    meaning: str
    example: str | float | None
    unit: str = ""
    required: bool = False
    content: Content = "text"
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    choices_only: bool = True
    refusal: str = ""

    @property
    def header(self) -> str:
        """What stands in the first row."""
        unit = f"（{self.unit}）" if self.unit else ""
        return f"{REQUIRED_MARK if self.required else ''}{self.title}{unit}"


@dataclass(frozen=True)
class Template:
    """
    A blank table.

    Parameters
    ----------
    template_id
        How the program names it.
    title
        What the office calls it.
    layer
        What it is read as.
    columns
        From left to right; the name comes first.
    groups
        Groups of facilities whose kinds the drop-down offers.
    notes
        Chinese sentences of the guide on what belongs into it.
    """

    template_id: str
    title: str
    layer: Layer | Literal["targets"]
    columns: tuple[FormColumn, ...]
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Name of the workbook, safe on Windows."""
        return f"{self.title}填报模板.xlsx"


DATUMS: Final = {
    "WGS84": "手持或手机 GPS（北斗）定位、GPS 相片、GPS 轨迹",
    "CGCS2000": "天地图；自然资源、测绘、规划部门提供的经纬度（2000 国家大地坐标系）",
    "高德地图": "高德地图、腾讯地图（GCJ-02，又称火星坐标系）",
    "百度地图": "百度地图（BD-09）",
}
"""Words of the drop-down that `layers.datums.datum.named_datum` reads -> where such coordinates
come from."""

LON: Final = FormColumn(
    "lon",
    "经度",
    "东经，十进制度数，保留 6 位小数，取主要出入口的位置。"
    "不写“东经”“E”，不写度分秒（度＋分÷60＋秒÷3600）。",
    117.563172,
    unit="度",
    required=True,
    content="degrees",
    limits=CHINA_LON,
    refusal=f"经度应是 {CHINA_LON[0]:g} 到 {CHINA_LON[1]:g} 之间的数字，如 117.563172。"
    "请检查是否与纬度填反、是否写了文字或度分秒、小数点是否漏写。",
)

LAT: Final = FormColumn(
    "lat",
    "纬度",
    "北纬，十进制度数，保留 6 位小数，与经度取自同一处。不写“北纬”“N”，不写度分秒。",
    37.261350,
    unit="度",
    required=True,
    content="degrees",
    limits=CHINA_LAT,
    refusal=f"纬度应是 {CHINA_LAT[0]:g} 到 {CHINA_LAT[1]:g} 之间的数字，如 37.261350。"
    "请检查是否与经度填反、是否写了文字或度分秒、小数点是否漏写。",
)

DATUM: Final = FormColumn(
    "datum",
    "坐标系",
    "经纬度取自哪里，从下拉框选；不清楚的留空，在备注里写明坐标的来历。"
    "各种地图的坐标相差可达数百米，导入数据时要据此选定坐标系。",
    "WGS84",
    choices=tuple(DATUMS),
    refusal="请从下拉框选：WGS84、CGCS2000、高德地图、百度地图；不清楚的请留空。",
)

TOWNSHIP: Final = FormColumn(
    "township", "所属乡镇（街道）", "所在的乡镇或街道全称，用于核对位置。", "云岫镇"
)

REMARK: Final = FormColumn("", "备注", "需要说明的情况，如数据来源、统计时点；不参加计算。", None)

_NAME: Final = FormColumn("name", "", "全称，与批准文件、公章一致；一处一行。", "", required=True)

_KIND: Final = FormColumn(
    KIND,
    "",
    "从下拉框选一类；各类的含义见“填报说明”。说不清具体类别的，选“统称”一类。",
    "",
    required=True,
    refusal="请从下拉框选一类；各类的含义见“填报说明”。",
)

_CODE: Final = FormColumn(
    "id",
    "",
    "统一社会信用代码、机构代码或自编号，各行不得重复。可以整列不填；要填就每行都填。",
    None,
)

_BEDS: Final = FormColumn(
    "capacity_beds",
    "",
    "填整数；没有床位填 0，不掌握的留空。不写“约”“余”，不用 999 等数代替。",
    40,
    unit="张",
    content="whole",
    limits=(0, MOST_BEDS),
    refusal="床位应是不小于 0 的整数，如 40；不掌握的请留空。",
)

_AREA: Final = FormColumn(
    "area_m2",
    "",
    "以平方米计，1 亩约合 666.67 平方米，1 公顷为 10000 平方米；不掌握的留空。",
    588,
    unit="平方米",
    content="decimal",
    limits=(0, MOST_AREA_M2),
    refusal="面积应是不小于 0 的数字，以平方米计，如 588；不掌握的请留空。",
)

_LEVEL: Final = FormColumn(
    "level",
    "",
    "评定的等级，从下拉框选；没有评定的留空。",
    None,
    choices_only=False,
    refusal="等级一般从下拉框选。确是其他等级的，请选“是”。",
)

_ADDRESS: Final = FormColumn(
    "address", "详细地址", "门牌地址，用于核对位置；暂时没有坐标的务必填写。", None
)

_VILLAGE: Final = FormColumn(
    "village", "所属村（社区）", "所在的行政村或社区，用于核对位置。", "丁庄村"
)

MEDICAL_LEVEL: Final = replace(
    _LEVEL, title="等级", choices=("三级", "二级", "一级", "未定级"), example="一级"
)

ELDERLY_LEVEL: Final = replace(
    _LEVEL, title="等级", choices=("五级", "四级", "三级", "二级", "一级"), example="二级"
)

MEDICAL_BEDS: Final = replace(
    _BEDS, title="编制床位", meaning=f"编制（核定）床位，不是实有床位。{_BEDS.meaning}"
)

ELDERLY_BEDS: Final = replace(_BEDS, title="养老床位", example=36)

GROUND_AREA: Final = replace(
    _AREA, title="场地面积", meaning=f"场地（用地）面积，不是建筑面积。{_AREA.meaning}"
)

SITE_AREA: Final = replace(_AREA, title="占地面积", example=1200)

TURNOUT: Final = FormColumn(
    "turnout_minutes",
    "出车准备时间",
    "从接到指令到救护车开出的平均时间，以分钟计；不掌握的留空。",
    3,
    unit="分钟",
    content="decimal",
    limits=(0, MOST_TURNOUT_S / _SECONDS_PER_MINUTE),
    refusal=f"出车准备时间应是 0 到 {MOST_TURNOUT_S / _SECONDS_PER_MINUTE:g} 之间的数字，"
    "以分钟计，如 3；不掌握的请留空。",
)


def _persons(ours: str, title: str, meaning: str, example: int) -> FormColumn:
    return FormColumn(
        ours,
        title,
        meaning,
        example,
        unit="人",
        content="whole",
        limits=(0, MOST_PERSONS),
        refusal=f"{title}应是不小于 0 的整数，以“人”计，如 {example}；不以万人计，不写文字。",
    )


_PEOPLE: Final = "常住人口，不是户籍人口；填整数，以“人”计，不以万人计。确实无人居住的填 0。"

_WHOLE_COLUMN: Final = "没有这项数据的整列留空；个别村不掌握的留空，不填 0。"

DEMAND_COLUMNS: Final = (
    FormColumn(
        "name", "村（社区）名称", "行政村或社区的全称；一村（社区）一行。", "丁庄村", required=True
    ),
    TOWNSHIP,
    FormColumn(
        "id",
        "村（社区）代码",
        "12 位统计用区划代码，各行不得重复。可以整列不填；要填就每行都填。",
        "999901003204",
    ),
    replace(LON, meaning="东经，十进制度数，保留 6 位小数，取居民点中心（不是村界中心）。"
            "不写“东经”“E”，不写度分秒（度＋分÷60＋秒÷3600）。"),
    LAT,
    DATUM,
    replace(_persons("population", "常住人口", _PEOPLE, 350), required=True),
    _persons(
        "population_60plus",
        "60岁及以上人口",
        f"常住人口中 60 周岁及以上的人数，不得大于常住人口。{_WHOLE_COLUMN}",
        96,
    ),
    _persons(
        "population_0_3",
        "0—3岁人口",
        f"常住人口中 3 岁以下婴幼儿的人数，不得大于常住人口。{_WHOLE_COLUMN}",
        11,
    ),
    FormColumn(
        "settlement",
        "城乡",
        "按统计上的城乡划分，从下拉框选“城镇”或“农村”；不掌握的留空。",
        "农村",
        choices=("城镇", "农村"),
        refusal="请从下拉框选“城镇”或“农村”；不掌握的请留空。",
    ),
    REMARK,
)  # fmt: skip

ZONE_COLUMNS: Final = (
    FormColumn(
        "name",
        "行政区划名称",
        "乡镇、街道（或县、市、区）的全称，与行政区划图一致；一个单元一行。",
        "云岫镇",
        required=True,
    ),
    FormColumn(
        "id",
        "行政区划代码",
        "县 6 位，乡镇、街道 9 位，村 12 位，与行政区划图的代码一致，各行不得重复。",
        "999901003",
        required=True,
        limits=(6, 12),
        refusal="行政区划代码应是 6 位（县）、9 位（乡镇、街道）或 12 位（村）数字，各位填全。",
    ),
    replace(_persons("population", "常住人口", _PEOPLE, 26480), required=True),
    REMARK,
)


def facility_columns(
    word: str, *, number: str, example: tuple[str, str], own: tuple[FormColumn, ...] = ()
) -> tuple[FormColumn, ...]:
    """
    The columns of a list of facilities.

    Parameters
    ----------
    word
        What the office calls one of them: "机构" or "设施".
    number
        What it calls the code, e.g. "机构代码".
    example
        Name and kind of the example row.
    own
        Columns that only this list has.
    """
    name, kind = example
    return (
        replace(_NAME, title=f"{word}名称", example=name),
        replace(_KIND, title=f"{word}类别", example=kind),
        replace(_CODE, title=number),
        LON,
        LAT,
        DATUM,
        *own,
        TOWNSHIP,
        _VILLAGE,
        _ADDRESS,
        REMARK,
    )
