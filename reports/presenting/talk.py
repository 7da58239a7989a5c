"""What all pages of a presentation share: the report, what it dwells on, frame and foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.rules.choices import WHOLE_AREA
from reports.figures import share_text
from reports.place_words import PlaceWords, place_words
from reports.presenting.page import FAINT, Place, Words, add_text, new_page
from reports.printing.villages import coverage_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pptx.presentation import Presentation as Show
    from pptx.slide import Slide

    from coverage.standards import Reading, Standard
    from reports.report_content import ReportContent

PAGES: Final = 6

TITLE: Final = Place(0.5, 0.3, 12.3, 0.7)
_FOOT: Final = Place(0.5, 6.72, 11.4, 0.55)
_NUMBER: Final = Place(12.1, 6.72, 0.75, 0.55)

HEAD: Final = Words(26, 16, bold=True)
SMALL: Final = Words(9, 7, FAINT)


@dataclass(frozen=True, eq=False)
class Talk:
    """
    What the pages are made from.

    Parameters
    ----------
    content
        What the report is written from.
    pictures
        PNG of the maps by `PrintMap.stem`.
    standard, reading
        What the maps and lists are about.
    """

    content: ReportContent
    pictures: Mapping[str, bytes]
    standard: Standard
    reading: Reading

    @property
    def words(self) -> PlaceWords:
        """What demand points and zones are called."""
        return place_words(self.content.assessment.layers)

    @property
    def totals(self) -> pd.DataFrame:
        """Rows of the whole study area by reading."""
        zones = self.content.assessment.zones
        return zones[zones["zone_id"] == WHOLE_AREA].set_index("reading_id")

    def share_title(self) -> str:
        """The share of the reading in a few words."""
        share = float(self.totals.loc[self.reading.reading_id, "share"])
        if np.isnan(share):
            return "不作结论"
        return f"人口覆盖率 {share_text(share, target=self.standard.target)}"

    def sentence(self, standard: Standard, reading: Reading) -> str:
        """The share covered by a reading, with its band and the target; else why there is none."""
        content = self.content
        return coverage_sentence(content.assessment, standard, reading, kinds=content.kinds)

    def picture(self, *stems: str) -> bytes | None:
        """The first of these maps that was drawn."""
        return next((self.pictures[one] for one in stems if one in self.pictures), None)


def framed_page(show: Show, talk: Talk, number: int, title: str) -> Slide:
    """A new page with its title and its foot."""
    page = new_page(show)
    add_text(page, TITLE, [title], HEAD)
    add_foot(page, talk, number)
    return page


def add_foot(page: Slide, talk: Talk, number: int) -> None:
    """Sources, limits, the label and the number of the page."""
    content, word = talk.content, talk.words.bare
    band = content.assessment.uncertainty.speed_share
    source = "；".join(content.credits)
    limits = (
        f"出行时间按道路等级的车速推算，不含拥堵；覆盖按人口计，人口未知的{word}不计入。"
        f"误差范围：车速上下 {band:.0%}。"
    )
    lines = [
        f"来源：{source}。{limits}" if source else limits,
        "；".join(one for one in (content.label, content.settings.printing.note) if one),
    ]
    add_text(page, _FOOT, [one for one in lines if one], SMALL)
    add_text(page, _NUMBER, [f"{number} / {PAGES}"], Words(10, 8, FAINT, middle=True))
