"""指标达标图: one target by township, filled by verdict, with the values written on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.numbers import UNKNOWN
from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from reports.printing.drawing import Panel, PrintLayer
from reports.printing.stems import target_stem
from reports.safe_text import plain_text
from reports.target_figures import FILLS, target_text, value_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from coverage.rules.target import Target
    from reports.printing.drawing import PrintMap
    from reports.printing.ground import Ground

HATCHES: Final = {"未达标": "////", "尚未到期": "..", "未设目标": "--", "数据不足": "xx"}
"""Verdicts are told apart in greyscale too; 达标 alone has no hatch."""

DECIDED: Final = ("达标", "未达标", "尚未到期")
"""Verdicts that say something of a zone."""

_LEAST_ZONES: Final = 2
"""One zone alone is no map."""


def target_map(
    ground: Ground, values: pd.DataFrame, target: Target, *, plan_title: str, year: int
) -> PrintMap | None:
    """
    A choropleth of one target; None where it has no verdict by zone.

    Parameters
    ----------
    ground
        Of the project.
    values
        Contract `TARGETS_RESULT`: rows of one year.
    target
        One of its targets.
    plan_title
        Full title of its plan.
    year
        Of the values.
    """
    rows = values[values["target_id"] == target.target_id].set_index("zone_id")
    parts = rows[rows.index != WHOLE_AREA]
    if len(parts) < _LEAST_ZONES or not parts["verdict"].isin(DECIDED).any():
        return None
    said = f"《{plain_text(plan_title)}》{year} 年"
    if WHOLE_AREA in rows.index:
        whole = rows.loc[WHOLE_AREA]
        aim = target_text(whole, better=target.better)
        said += f"：全域现值 {value_text(whole)}，目标 {aim}，{whole['verdict']}"
    return ground.sheet(
        target_stem(target.target_id, year),
        f"{plain_text(target.indicator)}达标图",
        said,
        Panel((*ground.drawn, *_zone_layers(ground.layers.zones, rows))),
        remarks=("图中数字为各单元现值", f"条款：{plain_text(target.clause.section)}"),
    )


def _zone_layers(zones: gpd.GeoDataFrame, rows: pd.DataFrame) -> list[PrintLayer]:
    verdict = rows["verdict"].reindex(zones.index)
    layers = []
    for at, word in enumerate(VERDICTS):
        chosen = (verdict == word).to_numpy()
        if not chosen.any():
            continue
        names = [
            f"{plain_text(name)} {value_text(rows.loc[zone_id])}".removesuffix(f" {UNKNOWN}")
            for zone_id, name in zones.loc[chosen, "zone_name"].items()
        ]
        layers.append(
            PrintLayer(
                "area", zones.geometry.to_numpy()[chosen], word, f"{int(chosen.sum())} 个单元",
                order=5 + at, fill=FILLS[word], edge="#8a8f99", width=0.5,
                hatch=HATCHES.get(word, ""), names=np.array(names, dtype=object),
                rank=-zones.area.to_numpy()[chosen], font_pt=7.0,
            )
        )  # fmt: skip
    return layers
