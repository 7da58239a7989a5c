"""The parts of a report by name; what writes them stands in `reports.report_folder`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS: Final[Mapping[str, str]] = {
    "maps": "画地图", "word": "写 Word 报告", "excel": "写 Excel 表格",
    "gis": "写 GIS 文件", "html": "写网页地图", "slides": "写幻灯片", "tables": "写结果表",
}  # fmt: skip
"""Word of the command -> what is being done, in the order in which parts are written."""


def chosen_parts(text: str) -> tuple[str, ...]:
    """
    The parts that a planner lists.

    Parameters
    ----------
    text
        Words with commas between; "" means all.

    Raises
    ------
    InputError
        If a word is not known, or there is none between the commas.

    Examples
    --------
    >>> chosen_parts("tables，html")
    ('html', 'tables')
    """
    words = [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]
    if text.strip() and not words:
        msg = f"--only 没有写明要哪几样，可写 {'、'.join(PARTS)}；要全部写出，请去掉 --only。"
        raise InputError(msg)
    strange = [word for word in words if word not in PARTS]
    if strange:
        msg = f"--only 写的“{strange[0][:40]}”不认识，可写 {'、'.join(PARTS)}，几样之间用逗号隔开。"
        raise InputError(msg)
    return tuple(part for part in PARTS if part in words or not words)
