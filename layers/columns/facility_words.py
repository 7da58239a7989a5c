"""Words in lists of facilities that mean 公立 or 社会办, and yes or no of a feature (具备条件).

A feature has a column of its own in the office's list ("康复医学科": 有, 无); in the layer all
features of a facility stand in one text (`coverage.facility_features`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.contracts import Column
from coverage.facility_features import features_text, read_features

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

FEATURES: Final = "features"
"""Column of the layer that holds them all."""

_OWN: Final = "feature "
"""Begins the name of the column of a single feature, while a list is read."""

_UNKNOWN: Final = dict.fromkeys(
    ("不详", "不明", "未知", "未填", "待查", "待定", "暂无", "-", "—", "——", "/", "／", "空"), ""
)
"""Words that stand for an empty cell; 无 is none of them: a facility without a feature has it
not."""

_PUBLIC: Final = (
    "公立", "公办", "公有", "公立医院", "公办机构", "国有", "国营", "国有全资", "国有独资",
    "全民", "全民所有制", "政府", "政府办", "政府举办", "政府办医", "集体", "集体全资",
    "集体所有制", "集体办", "村集体", "村集体办", "村办", "卫生院办", "镇卫生院办", "事业单位",
)  # fmt: skip
_PRIVATE: Final = (
    "社会办", "社会办医", "社会力量", "社会力量办", "社会力量举办", "民营", "民办", "私立",
    "私营", "私人", "个人", "个体", "个体办", "股份制", "股份合作", "股份合作制", "有限责任公司",
    "股份有限公司", "民办非企业", "民办非企业单位", "企业办", "外资", "合资", "中外合资", "非公立",
)  # fmt: skip

OWNERSHIP_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_PUBLIC, "公立"), **dict.fromkeys(_PRIVATE, "社会办"), **_UNKNOWN,
}  # fmt: skip
"""What may stand in a column of ownership -> what it means; "" for not known. 公建民营 is not
among them: whether it counts as public, plans do not say alike."""

_HAS: Final = (
    "是", "有", "√", "✓", "✔", "☑", "1", "Y", "y", "YES", "Yes", "yes", "TRUE", "True", "true",
    "T", "达标", "已达标", "达到", "合格", "符合", "具备", "已", "已有", "已建", "已建成", "已设置",
    "已开设", "已配备", "已完成", "已创建", "已通过", "设有", "开设",
)  # fmt: skip
_HAS_NOT: Final = (
    "否", "无", "没有", "×", "✗", "✘", "☒", "x", "X", "0", "N", "n", "NO", "No", "no", "FALSE",
    "False", "false", "F", "未达标", "不达标", "未达到", "不合格", "不符合", "不具备", "未具备",
    "未", "未有", "未建", "未建成", "未设置", "未开设", "未配备", "未完成", "未创建", "未通过",
    "未设",
)  # fmt: skip

FEATURE_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_HAS, "是"), **dict.fromkeys(_HAS_NOT, "否"), **_UNKNOWN,
}  # fmt: skip
"""What may stand in the column of a feature -> whether the facility has it; "" for not known."""


def feature_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """
    Columns of single features, by the names of `own_names`.

    Parameters
    ----------
    names
        Of the features, e.g. "康复医学科".
    """
    return tuple(
        Column(
            f"{_OWN}{name}",
            "text",
            f"“{name}”的填法（应填 是 或 否）",
            f"有没有{name}",
            required=False,
            nullable=True,
        )
        for name in names
    )


def own_names(features: Mapping[str, str]) -> dict[str, str]:
    """Name of the column of each feature while a list is read -> column of the file."""
    return {f"{_OWN}{name}": theirs for name, theirs in features.items()}


def feature_words(names: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """The words that the column of each feature may hold, by the names of `own_names`."""
    return {f"{_OWN}{name}": FEATURE_WORDS for name in names}


def together_words(texts: Collection[str]) -> dict[str, str]:
    """
    The cells of a column that holds all features in one text, as `features_text` writes it.

    Parameters
    ----------
    texts
        What stands in the column; only those that can be read are among the words.

    Examples
    --------
    >>> together_words(["康复医学科:有;老年友善：否", "好"])
    {'康复医学科:有;老年友善：否': '康复医学科：是；老年友善：否'}
    """
    return {text: read for text in texts if (read := _one_text(text)) is not None}


def with_features(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """
    The columns of single features put together.

    Parameters
    ----------
    frame
        Shape (n, k), with the columns of `own_names`: "是", "否", or null where not known.
    names
        Of the features; they stand in this order.

    Returns
    -------
    frame
        With `FEATURES` instead of them, null where nothing is known.
    """
    listed = list(names)
    if not listed:
        return frame
    own = [f"{_OWN}{name}" for name in listed]
    answers = frame[own].to_numpy(dtype=object)
    texts = [
        features_text(
            {
                name: answer == "是"
                for name, answer in zip(listed, row, strict=True)
                if isinstance(answer, str)
            }
        )
        for row in answers
    ]
    rest = frame.drop(columns=own)
    return rest.assign(**{FEATURES: pd.Series(texts, index=rest.index, dtype="str")})


def _one_text(text: str) -> str | None:
    """The text of all features with our own signs and words; None where it cannot be read."""
    found: dict[str, bool] = {}
    for part in text.replace(";", "；").split("；"):
        name, _, word = (piece.strip() for piece in part.replace(":", "：").rpartition("："))
        meant = FEATURE_WORDS.get(word)
        if not part.strip():
            continue
        if not name or not meant or found.get(name, meant == "是") != (meant == "是"):
            return None
        found[name] = meant == "是"
    written = features_text(found)
    return written if written is not None and len(read_features(written)) == len(found) else None
