"""The result tables of a report: those of the commands, byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from reports.report_tables import table_files
from reports.results import FILE_NAMES, write_assessment
from tests.hand_made import assessment
from tests.report_case import content, with_scenario, with_targets


def test_they_are_what_the_command_writes(tmp_path):
    case = content()
    write_assessment(
        case.assessment,
        out=tmp_path,
        manifest={},
        kinds=case.kinds,
        modes=case.modes,
        map_html=None,
        ledger=case.ledger,
    )
    found = table_files(case)
    assert {name: (tmp_path / name).read_bytes() for name in found} == found
    left_out = {file.name for file in tmp_path.iterdir()} - set(found)
    assert left_out == {"service_areas.geojson", "问题清单.xlsx", "manifest.json"}
    assert list(found) == [name for name in FILE_NAMES if name in found]


def test_scenarios_are_beside_them_and_nothing_is_changed():
    case = with_scenario(with_targets(content()))
    found = table_files(replace(case, judged_after=case.judged))
    assert {name for name in found if name.startswith("scenario")} == {
        "scenario_readings.csv", "scenario_villages.csv", "scenario_times.csv",
        "scenario_costs.csv", "scenario_verdicts.csv",
    }  # fmt: skip
    assert found == table_files(replace(case, judged_after=case.judged))
    pd.testing.assert_frame_equal(case.assessment.demand, assessment().demand)
