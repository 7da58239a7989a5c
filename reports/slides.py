"""Six slides of maps and headline numbers; the door of `reports.presenting`."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Final

import numpy as np
from pptx import Presentation
from pptx.util import Inches

from reports.layer_files import safe_file_name
from reports.presenting.page import HEIGHT_IN, WIDTH_IN, slide_text
from reports.presenting.pages import (
    coverage_page,
    gaps_page,
    headline_page,
    proposal_page,
    targets_page,
    title_page,
)
from reports.presenting.talk import Talk
from reports.same_bytes import same_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.standards import Standard
    from reports.report_content import ReportContent

_MADE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - python-pptx knows no time zones
"""Stands as the date of every presentation, so that the same content gives the same bytes."""

_PAGES: Final = (title_page, headline_page, coverage_page, gaps_page, targets_page, proposal_page)


def slide_files(content: ReportContent, pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """
    The report as a presentation of six pages, 16:9.

    Parameters
    ----------
    content
        What the report is written from.
    pictures
        PNG by `PrintMap.stem` (`reports.report_drawing.pictures`). Where a map is missing its page
        bears the numbers alone.

    Returns
    -------
    files
        File name -> content, one file; the same content and pictures give the same bytes.
    """
    show = Presentation()
    show.slide_width, show.slide_height = Inches(WIDTH_IN), Inches(HEIGHT_IN)
    about = show.core_properties
    about.title = slide_text(f"{content.name}服务圈覆盖评估")[:255]
    about.author = about.last_modified_by = slide_text(content.settings.maker)[:255]
    about.created = about.modified = about.last_printed = _MADE
    standard = leading_standard(content)
    talk = Talk(content, pictures, standard, standard.readings[0])
    for page in _PAGES:
        page(show, talk)
    packed = io.BytesIO()
    show.save(packed)
    return {f"{safe_file_name(content.name)}_汇报.pptx": same_bytes(packed.getvalue())}


def leading_standard(content: ReportContent) -> Standard:
    """
    The standard that maps and lists of the slides are about.

    Parameters
    ----------
    content
        What the report is written from.

    Returns
    -------
    standard
        That of the first siting answer; else the first whose share is known; else the first.
    """
    standards = content.assessment.standards
    if content.siting:
        asked = content.siting[0].ground.standard.standard_id
        found = [one for one in standards if one.standard_id == asked]
        if found:
            return found[0]
    shares = content.assessment.zones.set_index(["reading_id", "zone_id"])["share"]
    known = (one for one in standards if not np.isnan(shares[one.readings[0].reading_id, ""]))
    return next(known, standards[0])
