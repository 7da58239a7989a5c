"""Names that try to run as code, in every place of an assessment that a user can name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from tests.hand_made import KINDS, assessment

if TYPE_CHECKING:
    from coverage.standards import FacilityKind
    from coverage.studies.study import Assessment

HOSTILE = (
    "<script>window.ran=1</script>"
    "<img src=x onerror=\"alert('ran')\">"
    "{{ 7*7 }}{{ cycler.__init__.__globals__.os.getpid() }}{% raw %}{# x #}"
    "${alert(1)}`'\\\"\n\u2028</script></title></style>-->]]>🚑"
)


def hostile_assessment(name: str = HOSTILE) -> Assessment:
    """The hand-made assessment with `name` for project, zones, villages, facilities and ids."""
    case = assessment(village_name=name, label=name)
    case.layers.zones["zone_name"] = name
    case.zones["zone_name"] = name
    case.demand["demand_name"] = name
    case.facilities["facility_name"] = name
    case.facilities["level"] = name
    case.facilities.index = pd.Index([name, "f2"], name="facility_id")
    case.demand[["circle_facility_id", "circle_line_facility_id"]] = name
    case.demand.index = pd.Index([f"{name}1", "d2", f"{name}3"], name="demand_id")
    layers = replace(case.layers, name=name)
    standard = case.standards[0]
    readings = tuple(replace(reading, name=name) for reading in standard.readings)
    return replace(
        case, layers=layers, standards=(replace(standard, name=name, readings=readings),)
    )


def hostile_kinds(name: str = HOSTILE) -> dict[str, FacilityKind]:
    """The kinds of the hand-made assessment, so named."""
    return {code: replace(kind, name=name, icon=name) for code, kind in KINDS.items()}
