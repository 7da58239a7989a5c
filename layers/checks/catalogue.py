"""Every check by its code: what it is called, where it matters, what a clerk can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Check:
    """
    One kind of fault.

    Parameters
    ----------
    title
        Short Chinese name.
    where_it_matters
        What comes out wrong if nothing is done.
    remedy
        What to do.
    """

    title: str
    where_it_matters: str
    remedy: str


_NOT_COUNTED: Final = "这一行如不采用，就不参加任何计算"
_PLACE: Final = "出行时间和覆盖情况按这个位置计算"
_SAFE: Final = "只按文字处理和显示，不会被执行；在别的软件里可能被当作公式或网页代码"

# fmt: off
CHECKS: Final = {
    "same_id": Check("代码重复", "同一代码只能有一行，重复的行不采用",
                     "改成不同的代码；重复登记的删去一行"),
    "same_name_near": Check("同名且相距很近", "同一处可能算了两次，人口或能力偏多",
                            "核对是否同一处；重复的删去一行"),
    "same_place_two_names": Check("同一位置两个名称", "可能有一行的坐标抄错，覆盖情况随之出错",
                                  "核对两行的坐标和名称"),
    "outside_area": Check("在范围以外", "不计入任何行政单元，或够不着研究区",
                          "核对坐标和坐标系；确在外地的可以删去"),
    "far_from_road": Check("离道路过远", "接驳路程很长，出行时间偏大",
                           "核对坐标；坐标无误时补画道路"),
    "in_water": Check("落在水面里", _PLACE, "在地图上把点移到正确位置"),
    "swapped": Check("经度与纬度互换", _NOT_COUNTED, "把经度和纬度对调"),
    "no_position": Check("没有可用的位置", _NOT_COUNTED, "补填坐标，或在地图上标出位置"),
    "out_of_range": Check("数值超出范围", "这个数不能采用", "核对这个数和它的单位"),
    "invalid_shape": Check("图形不合规范", "图形已按修正后的样子使用，面积可能有变化",
                           "在 QGIS 里用“修复几何图形”核对"),
    "no_area": Check("面积为零", "不是面，无法使用面积", "重新绘制这个图形"),
    "missing": Check("必填项为空", _NOT_COUNTED, "补填这一格"),
    "not_a_number": Check("不是数字", "这个数不能采用", "只填数字，单位写在表头里"),
    "negative": Check("负数", "这个数不能采用", "核对这个数；不知道的留空"),
    "stand_in": Check("疑似占位数", "会被当作真实的数参加计算", "填真实的数；不知道的留空"),
    "nobody": Check("人口为 0", "按无人居住处理，不影响覆盖率", "确实无人居住的保留；不知道的留空"),
    "implausible": Check("数字互相矛盾", "分人群的覆盖率会出错", "核对这几个人口数"),
    "unknown_kind": Check("类别不认识", _NOT_COUNTED, "改成设施类别表里的名称"),
    "unknown_word": Check("词语不认识", "这一格按未知处理", "改成可以识别的词语"),
    "kind_doubtful": Check("类别待核实", "按识别出的类别计算，可能算进了不该算的标准",
                           "核对类别；不对的在类别列里写明"),
    "not_counted": Check("不计入的地方", _NOT_COUNTED, "确实应计入的，在类别列里写明类别"),
    "rough_number": Check("约数", "按所写的数计算", "填确数"),
    "spaced_number": Check("数字中间有空格", "按一个数计算", "核对是不是两个数"),
    "blank_word": Check("用“无”代替空格", "按未知处理，不是 0", "确实没有的填 0；不知道的留空"),
    "unit_converted": Check("按单位换算", "按换算后的数计算", "核对单位；最好统一写在表头里"),
    "unit_doubtful": Check("单位可疑", "数值可能差一万倍", "核对表头里的单位"),
    "merged_number": Check("几行合用一个数", "这个数全部计入首行，其余各行没有数",
                           "在原表里取消合并，把数分行填写"),
    "placed_by_name": Check("按地名落点", "位置是近似的，出行时间和覆盖情况只供参考",
                            "补填坐标，或在地图上标出位置"),
    "zone_contradiction": Check("位置与区划代码不一致", "按点的位置归入行政单元",
                                "核对坐标和区划代码"),
    "zone_code_fault": Check("区划代码有误", "这个代码没有用上", "改正区划代码"),
    "village_without_clinic": Check("村里没有卫生室", "该村村民要到外村就医",
                                    "核对名录是否漏登；确实没有的列入补点"),
    "zone_without_demand": Check("行政单元没有需求点", "覆盖率算不出来",
                                 "核对名录是否齐全、坐标是否正确"),
    "zone_total_differs": Check("与行政单元总数不符", "人口覆盖率的分母与公布数不一致",
                                "核对名录人口与公布的总数"),
    "totals_row": Check("合计行", "合计行若当作一处，人口会重复计算", "从名录里删去合计、小计行"),
    "example_row": Check("模板示例行", "示例行若当作一处，会多算一处", "从表里整行删去"),
    "header_row": Check("重复的表头", _NOT_COUNTED, "从表里整行删去"),
    "note_row": Check("附注行", _NOT_COUNTED, "从表里整行删去，附注另存"),
    "empty_row": Check("空行", "没有内容，不采用", "可以删去"),
    "datum_unclear": Check("坐标基准分不清", "所选坐标系不对的话，位置会偏几百米",
                           "在地图上核对这一处；不对的，在“更正位置”里改到正确的位置"),
    "zone_unmatched": Check("对不上行政单元", "这一行的人口没有用上",
                            "把代码、名称改成与行政边界一致；合计行、其他地方的行可以删去"),
    "zone_twice": Check("一个行政单元有两行", "只采用第一行，其余不采用", "核对后只留一行"),
    "zone_without_people": Check("行政单元没有人口", "这个单元的人口按未知处理，不能分摊到村",
                                 "在人口表里补填这个单元"),
    "raster_clipped": Check("研究区以外的人口", "研究区以外的像元不计入",
                            "比例过大时，核对是不是这个地方的栅格"),
    "zones_overlap": Check("行政单元互相重叠", "重叠处的点归代码在前的单元", "在 QGIS 里核对边界"),
    "zones_gap": Check("行政单元之间有空洞", "空洞里的点不属于任何行政单元",
                       "在 QGIS 里核对边界；确是外县飞地的保留"),
    "formula": Check("像公式的文字", _SAFE, "改成普通文字，不要以 = + - @ 开头"),
    "markup": Check("像网页或模板代码的文字", _SAFE, "改成普通文字"),
    "control_characters": Check("含看不见的字符", "显示时略去，可能影响按名称查找",
                                "重新录入这一格"),
    "garbled": Check("疑似乱码", "名称无法辨认", "用正确的编码重新导出文件"),
    "long_name": Check("名称过长", "地图和表格里会截短显示", "改用简称"),
    "id_lost_zeros": Check("代码疑似丢了前面的 0", "与其他表按代码对不上",
                           "在 Excel 里把这一列设为文本后重新录入"),
    "id_scientific": Check("代码成了科学记数", "代码已经失真，与其他表对不上",
                           "在 Excel 里把这一列设为文本后重新录入"),
    "id_cut": Check("代码末尾疑似被改成 0", "Excel 只保留 15 位数字，与其他表对不上",
                    "在 Excel 里把这一列设为文本后重新录入"),
    "corrected": Check("按改正记录改了值", "按改正后的值计算，来源文件没有改动",
                       "确认后在来源文件里改正"),
    "moved": Check("按改正记录改了位置", "按改正后的位置计算，来源文件没有改动",
                   "确认后在来源文件里改正"),
    "planner_set_aside": Check("规划人员决定不采用", _NOT_COUNTED, "要恢复时删去这条改正记录"),
    "stale_correction": Check("改正记录没有用上", "来源文件已有变化，仍按来源文件计算",
                              "核对来源文件，重新改正或删去这条记录"),
    "row_fault": Check("其他问题", "见问题说明", "按问题说明改正"),
}
# fmt: on
"""Code -> check."""

_RULES: Final = (
    ("不能换算成", "not_a_number"),
    ("不知道确数", "not_a_number"),
    ("是百分数", "not_a_number"),
    ("出错值", "not_a_number"),
    ("没有落点", "no_position"),
    ("WKT", "no_position"),
    ("不计入设施", "not_counted"),
    ("不认识这个类别", "unknown_kind"),
    ("像是互换了", "swapped"),
    ("这是纬度", "swapped"),
    ("这是经度", "swapped"),
    ("没有图形", "no_position"),
    ("坐标", "no_position"),
    ("经度", "no_position"),
    ("纬度", "no_position"),
    ("应为度数", "no_position"),
    ("分和秒", "no_position"),
    ("小数点", "no_position"),
    ("正负号", "no_position"),
    ("代码与", "same_id"),
    ("不得为空", "missing"),
    ("人口为空", "missing"),
    ("应为数字", "not_a_number"),
    ("不是有限", "not_a_number"),
    ("不得为负", "negative"),
    ("不得小于", "out_of_range"),
    ("不得大于", "out_of_range"),
    ("不认识", "unknown_word"),
)
"""A part of a `Problem.rule` -> code; the first that fits."""


def check_of_rule(rule: str) -> str:
    """
    The code of a rule that a cell broke.

    Parameters
    ----------
    rule
        As in `coverage.errors.Problem`.

    Examples
    --------
    >>> check_of_rule("不得为负"), check_of_rule("别的")
    ('negative', 'row_fault')
    """
    return next((code for part, code in _RULES if part in rule), "row_fault")
