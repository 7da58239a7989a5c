"""The fields of the report's template, shipped or an office's own: their names and meanings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_FIELDS: Final[Mapping[str, str]] = {
    "报告标题": "“示例县公共服务设施服务圈覆盖评估报告”",
    "项目名称": "项目的名称",
    "数据说明": "须随数据出示的话，如“合成数据：……”；没有时为空",
    "密级": "project.toml 的 [report] 里写的密级；没有时为空",
    "编制单位": "[report] 里写的制图单位；没有时为空",
    "编制日期": "[report] 里写的日期；没有时为空",
    "数据时点": "[report] 里写的数据日期；没有时为空",
    "用图说明": "[report] 里写的说明，如“内部工作用图，未经审核不得公开”",
    "核算年份": "指标核算的年份；没有核算时为空",
    "规划名称": "所核算的规划，带书名号；没有核算时为空",
    "情景名称": "所比较的情景；没有时为空",
    "行政单元数": "研究区的行政单元个数",
    "村社区数": "村（社区）个数",
    "设施数": "设施处数",
}
"""Fields that stand for a few words; they may stand anywhere, headers and footers included."""

PART_FIELDS: Final[Mapping[str, str]] = {
    "目录": "目录（一、二级标题），打开时更新页码",
    "编制目的": "为什么编制；[report] 里写了目的的，用所写的话",
    "范围与数据": "研究区、设施数量、数据时点和数据缺漏，附设施分布图",
    "核算方法": "每个标准怎样算，依据的条款",
    "覆盖情况": "每个标准的覆盖率、误差范围，分单元表，覆盖图",
    "缺口清单": "每个标准未覆盖的村（社区），人口多的在前，附缺口图",
    "指标核算": "规划指标的现值、目标、缺口、结论和条款；没有核算时为空",
    "选址建议": "建议的地点、理由和证明；没有选址时为空",
    "情景比较": "情景的动作、前后覆盖和费用；没有情景时为空",
    "局限与误差": "误差范围的由来，读数时须知道的事",
    "豁免清单": "不计入分母的村及原因；没有时为空",
    "数据来源": "每个文件的来源、许可和署名",
    "参数设置": "标准、口径、阈值、速度和误差的设定",
    "文件校验": "每个输入文件的 SHA-256",
}
"""Fields that stand for whole paragraphs, tables and pictures: each in a paragraph of its own."""

FIELDS: Final[Mapping[str, str]] = {**TEXT_FIELDS, **PART_FIELDS}
"""Every field, in the order of the documentation."""
