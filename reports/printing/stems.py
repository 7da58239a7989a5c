"""What maps are called among themselves, whole and unique; names of files are cut from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from coverage.studies.study_sites import SitingAnswer

FACILITIES: Final = "现状设施分布图"


def coverage_stem(standard: Standard, reading: Reading) -> str:
    """服务圈覆盖图, of a rescue ring 救治圈图."""
    return f"{coverage_title(standard)}_{reading.reading_id}"


def coverage_title(standard: Standard) -> str:
    """Title of a map of what a standard covers; a rescue ring is no coverage of the ground."""
    return f"{standard.name}{'图' if is_rescue(standard) else '覆盖图'}"


def is_rescue(standard: Standard) -> bool:
    """Whether a standard is about rescue: a reading of it begins at an ambulance station."""
    return any(reading.station_kinds for reading in standard.readings)


def gap_stem(standard: Standard, reading: Reading) -> str:
    """缺口图."""
    return f"{standard.name}缺口图_{reading.reading_id}"


def comparison_stem(standard: Standard, reading: Reading) -> str:
    """前后对比图."""
    return f"{standard.name}前后对比图_{reading.reading_id}"


def target_stem(target_id: str, year: int | None) -> str:
    """指标达标图."""
    return f"指标达标图_{target_id}_{year}"


def siting_title(answer: SitingAnswer, number: int) -> str:
    """
    Title of a map of sites.

    Parameters
    ----------
    answer
        What is drawn.
    number
        Of several answers, from 1; 0 for the only one.
    """
    return f"{answer.ground.standard.name}选址方案图{number or ''}"


def siting_stem(answer: SitingAnswer, number: int) -> str:
    """选址方案图; `number` as for `siting_title`."""
    return f"{siting_title(answer, number)}_{answer.question.model}"
