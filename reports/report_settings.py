"""How a report is printed and written, as `[report]` of the project file says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from layers.source_cards import credits_of
from reports.printing.paper import DEFAULT_NOTE, PrintSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from layers.project import Project
    from layers.project_report import ReportTable
    from layers.source_cards import SourceCard


@dataclass(frozen=True)
class ReportSettings:
    """
    How every part of a report looks and what it says beside the numbers.

    Parameters
    ----------
    printing
        Sheet and margin of every map: maker, 审图号, 密级, dates, note, source line.
    purpose
        What the report is for, as the planner writes it; "" where nothing is said.
    template
        The office's own Word template; None for the shipped one.
    datum
        Of the GIS files: a key of `reports.layer_files.DATUM_CHOICES`.
    """

    printing: PrintSettings = field(default_factory=PrintSettings)
    purpose: str = ""
    template: Path | None = None
    datum: str = "wgs84"

    @property
    def maker(self) -> str:
        """制图单位, which is the author of the document; "" where nothing is said."""
        return self.printing.maker

    @property
    def data_date(self) -> str:
        """Date of the data as the planner says it; "" where nothing is said."""
        return self.printing.data_date

    @property
    def made_on(self) -> str:
        """Date of the report as it is to be printed; "" leaves it out."""
        return self.printing.made_on


def report_settings(project: Project, cards: Iterable[SourceCard]) -> ReportSettings:
    """
    The settings of a project's reports.

    Parameters
    ----------
    project
        With or without `[report]`; a template need not exist.
    cards
        Of the project's input files, for the source line.

    Raises
    ------
    ProjectError
        If the template's path can be none.
    """
    table = project.settings.report
    return ReportSettings(
        printing=PrintSettings(
            paper=table.paper,
            landscape=table.landscape,
            data_date=table.data_date,
            made_on=table.made_on,
            maker=table.maker,
            approval=table.approval,
            secrecy=table.secrecy,
            note=DEFAULT_NOTE if table.note is None else table.note,
            source="；".join(credits_of(project, cards)),
            grid=table.grid,
            locator=table.locator,
        ),
        purpose=table.purpose,
        template=None if table.template is None else project.path(table.template),
        datum=table.datum,
    )


def with_report_table(project: Project, table: ReportTable) -> Project:
    """
    A project with another `[report]`; what names files of the project stays.

    Parameters
    ----------
    project
        The checked project file; left as it is.
    table
        What is to hold instead, as a page asks or a manifest tells.
    """
    before = project.settings.report
    kept = table.model_copy(update={"template": before.template, "around": before.around})
    return replace(project, settings=project.settings.model_copy(update={"report": kept}))
