"""Which part of a file is meant: the one that the planner names, or the only one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED: Final = 20
"""Names that one sentence lists."""

_LONGEST: Final = 60
"""Characters of a name in a sentence."""

_COMPARED: Final = 1_000
"""Names that are compared with one that does not exist."""

_ALIKE: Final = 0.5
"""Likeness (0 to 1, by difflib) from which on a name is offered as the one that was meant."""


_GUIDES: Final = frozenset(
    {"填报说明", "填表说明", "填写说明", "使用说明", "字段说明", "说明", "选项"}
)


def without_guides(names: Sequence[str]) -> list[str]:
    """
    The names of sheets without those that only tell how the others are filled in.

    Parameters
    ----------
    names
        Of the sheets that are seen.

    Returns
    -------
    names
        All of them where nothing else is left.

    Examples
    --------
    >>> without_guides(["填报表", "填报说明"]), without_guides(["说明"])
    (['填报表'], ['说明'])
    """
    return [name for name in names if name.strip() not in _GUIDES] or list(names)


def chosen_part(file_name: str, names: Sequence[str], wanted: str) -> str:
    """
    The name of the part to read.

    Parameters
    ----------
    file_name
        As messages name it.
    names
        The parts that there are, at least one; "" where the only one has no name.
    wanted
        As the planner names it; "" where there is only one.

    Raises
    ------
    SourceError
        If there is no such part, or none is named and there are several.

    Examples
    --------
    >>> chosen_part("a.gpkg", ["村"], ""), chosen_part("a.gpkg", ["村", "镇"], "镇")
    ('村', '镇')
    """
    if wanted in names:
        return wanted
    if wanted:
        asked = _short(wanted)
        if not names[0]:
            msg = f"「{file_name}」只有一个图层，没有“{asked}”。请不要写明图层。"
            raise SourceError(msg)
        # likeness takes time by the square of the length
        known = [name for name in names[:_COMPARED] if len(name) <= _LONGEST]
        near = difflib.get_close_matches(asked, known, n=1, cutoff=_ALIKE)
        nearest = f"最接近的是“{near[0]}”，" if near else ""
        msg = f"「{file_name}」里没有“{asked}”，{nearest}有的是：{_listed(names)}。请改正后重试。"
        raise SourceError(msg)
    if len(names) > 1:
        msg = (
            f"「{file_name}」里有 {len(names)} 个图层或表：{_listed(names)}。"
            "请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
        )
        raise SourceError(msg)
    return names[0]


def _listed(names: Sequence[str]) -> str:
    shown = "、".join(f"“{_short(name)}”" for name in names[:_LISTED])
    return f"{shown} 等 {len(names)} 个" if len(names) > _LISTED else shown


def _short(name: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in name[:_LONGEST])
    return plain if len(name) <= _LONGEST else f"{plain[:-1]}…"
