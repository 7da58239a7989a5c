"""The table `[report]` of `project.toml`: what a bureau prints on its maps and documents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from layers.project_columns import Text  # noqa: TC001 - pydantic looks it up
from layers.settings import Settings

Line = Annotated[str, Field(max_length=60)]
"""A field in the margin of a map: one line."""

Sentence = Annotated[str, Field(max_length=300)]
"""A sentence in the foot of a map or at the head of a document."""


class AroundTable(Settings):
    """
    `[report.around]`: boundaries among which the study area lies, such as the city's counties.

    `crs` and `layer` say how the file is to be read, as for `[boundaries]`.
    """

    file: Text
    crs: Text | None = None
    layer: Text | None = None


class ReportTable(Settings):
    """
    `[report]`.

    `maker` is the 制图单位, `approval` the 审图号, `secrecy` the 密级; `data_date` and `made_on`
    are printed as they are written; `note` is the note line of every map, where None stands for
    the usual one; `purpose` says in the document what it is for; `template` is the office's own
    Word template; `datum` is that of the GIS files; `around` is what the small map beside the
    legend shows.
    """

    maker: Line = ""
    approval: Line = ""
    secrecy: Line = ""
    purpose: Sentence = ""
    template: Text | None = None
    paper: Literal["A4", "A3"] = "A4"
    landscape: bool = True
    grid: bool = False
    locator: bool = True
    data_date: Line = ""
    made_on: Line = ""
    note: Sentence | None = None
    around: AroundTable | None = None
    datum: Literal["wgs84", "cgcs2000", "cgcs2000-zone", "gcj02", "bd09"] = "wgs84"
