"""The data dictionary in Chinese, written from the same contracts that check the tables.

`python -m reports.data_dictionary` writes `docs/data-dictionary.md` again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.candidate_contracts import CANDIDATE_TABLES
from coverage.contracts import (
    DEMAND,
    DTYPE_NAMES,
    FACILITIES,
    ROAD_EDGES,
    ROAD_NODES,
    ZONES,
)
from coverage.result_contracts import RESULTS
from coverage.scenario_contracts import SCENARIO_RESULTS
from coverage.siting_contracts import SITING_RESULTS
from coverage.target_contracts import TARGET_RESULTS
from layers.quality import FINDINGS
from reports.files import write_text

if TYPE_CHECKING:
    from coverage.contracts import Column, Contract

PATH: Final = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

SITING_TABLES: Final = (*SITING_RESULTS, *SCENARIO_RESULTS, *CANDIDATE_TABLES)

INPUTS: Final = (ZONES, DEMAND, FACILITIES, ROAD_NODES, ROAD_EDGES)

_INTRODUCTION: Final = """\
# 数据字典

本文件由 `python -m reports.data_dictionary` 根据程序中的数据约定生成，请勿手工修改。

- 程序内部一律用秒、米、人和投影坐标；分钟、公里、百分比只出现在设置和界面上。
- 阈值都含等于。覆盖率按人口加权；村（社区）覆盖率与它并列，不能代替它。
- `inf` 表示到不了，空值表示未知或不适用，0 就是 0；三者含义不同。
- 结果的行数与输入相同：用不上的数据也列出，并在 `summary.json` 的 `notices` 里说明原因。
"""

_INPUTS_HEAD: Final = """\
## 输入

县里的表格不必使用这些列名：在 `project.toml` 的 `columns` 里写明各列对应的名称即可。
"""

_RESULTS_HEAD: Final = """\
## 结果

- CSV 为 UTF-8（带 BOM），可直接用 Excel 打开。文字以 `=`、`+`、`-`、`@`、制表符或回车开头时，前面加一个撇号 `'`，\
以免被当作公式执行。
- GeoJSON 为 WGS84 经纬度，不含 NaN 和无穷大：到不了、未知、不适用都写作 `null`。
- `travel_times.csv`、`capacity*.csv`、`allocation.csv` 只有按出行时间的口径；没有已知的容量时后几个文件只有表头，\
没有写 `[[capacity]]` 时 `allocation.csv` 只有表头。
- 列名中的 `{reading_id}` 代表每个标准的每种口径，例如 `health_circle_15_travel_time_s`；各口径的名称和阈值见 `summary.json`。
"""

_JSON_FILES: Final = """\
### summary.json 汇总

| 键 | 含义 |
|---|---|
| `project` | 项目名称 |
| `label` | 必须随数据一起出示的说明；没有时为空 |
| `crs` | 计算所用的投影坐标系 |
| `counts` | 行政单元、需求点、设施（输入与输出各多少行，各类设施多少个）、路网节点和路段的个数 |
| `readings` | 每个标准的每种口径一项：标准、口径、阈值（`cutoff`，单位 `cutoff_unit`：s 秒、m 米）、人群、出行方式、方向，\
以及全研究区的人口、覆盖人口、覆盖率、村数、覆盖村数、村覆盖率、人口未知村数、目标和缺口 |
| `notices` | 需要知道的情况：代码 `code`、说明 `message`、涉及行数 `count` |

### manifest.json 来源清单

| 键 | 含义 |
|---|---|
| `project`、`label` | 同上 |
| `software` | QuanTu、Python 和主要软件包的版本 |
| `job` | 写出成果的命令：assess、targets、site、export、report |
| `request` | 命令的全部选项，`replay` 按它重算；情景和道路变化文件的路径相对项目文件夹 |
| `plans`、`year`、`scenario`、`seed` | 所用规划、核算年份、情景、随机种子；没有用到的为空 |
| `time_limited` | 选址求解是否到时限就停了；是的话重算可能不同 |
| `inputs` | 读取之前记下的每个输入文件：路径、字节数、`sha256`；Shapefile 连同 .dbf、.shx、.prj、.cpg |
| `settings` | 项目设置、所用标准（含条文原文）和出行方式（含速度及来源） |
| `outputs` | 每个结果文件：文件名、字节数、`sha256`；有 `without` 的，校验值不含那个键（siting.json 的秒数） |

清单里没有时间和本机路径：相同的输入得到逐字节相同的结果。

### siting.json 选址

| 键 | 含义 |
|---|---|
| `question` | 问题，以及设施个数的含义（新建，或全部开放） |
| `status`、`bound`、`gap` | 结论、上限（下限）和差距；只有证明了的才称最优 |
| `seconds` | 求解秒数，唯一随运行而变的键 |
| `ties` | 同样好的其他方案 |
| `figures`、`zones` | 前后对比：合计和各行政单元 |
| `unservable` | 任何候选点都服务不到的需求点及办法 |
| `further` | 兼顾几个标准时，其余各标准的合计、各单元和服务不到的需求点 |
| `preferred` | 多选优先候选点要少覆盖多少人；没有优先候选点时为空 |

### map.html 地图

可双击打开的地图，所有内容都在文件里，不需要联网。
"""


def data_dictionary() -> str:
    """The whole dictionary as Markdown; the same contracts give the same text."""
    parts = [
        _INTRODUCTION,
        _INPUTS_HEAD,
        *(_section(contract) for contract in INPUTS),
        _RESULTS_HEAD,
        *(_section(contract) for contract in (*RESULTS, *TARGET_RESULTS, *SITING_TABLES, FINDINGS)),
        _JSON_FILES,
    ]
    return "\n".join(parts)


def _section(contract: Contract) -> str:
    lines = [
        f"### {contract.name} {contract.title}",
        "",
        "| 列 | 名称 | 类型 | 单位 | 必有 | 可空 | 含义 |",
        "|---|---|---|---|---|---|---|",
        *(_row(column) for column in contract.columns),
        "",
    ]
    return "\n".join(lines)


def _row(column: Column) -> str:
    cells = (
        f"`{column.name}`",
        column.title,
        DTYPE_NAMES[column.dtype],
        column.unit or "—",
        "是" if column.required else "否",
        "是" if column.nullable else "否",
        column.meaning,
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    write_text(PATH, data_dictionary())
