"""An import on its way: the upload, what it holds, what was declared, what came of the check.

Pages keep it in `st.session_state`; everything here takes and returns plain objects, so that it can
be tested without a page. Nothing is read or worked out twice for the same file and declaration.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import PlannerError
from layers.formats.parts import without_guides
from layers.intake import Draft, first_draft, is_raster
from views.intake_upload import PrivateFolder, kept_upload, upload_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence
    from pathlib import Path

    import pandas as pd

    from coverage.standards import FacilityKind
    from layers.columns.mapping import ProposedColumn
    from layers.columns.synonyms import Layer
    from layers.coordinates import DatumEvidence, DatumSplit
    from layers.formats.outline import Outline, Part, ReadingOptions
    from layers.intake import Checked
    from layers.tables import SourceTable
    from views.intake_upload import Piece

    State = MutableMapping[str, Any]
    Evidence = tuple[DatumEvidence, DatumSplit]

INTAKE: Final = "intake"
"""Begins the key of an import in the state of a session; its slot follows."""

LAYER_NAMES: Final = {
    "facilities": "医疗、养老、健身等设施",
    "demand": "村（社区）",
    "zones": "行政单元（边界或人口）",
}
"""Layer -> what the planner reads."""

ESSENTIAL: Final = {
    "facilities": ("name", "lon", "lat"),
    "demand": ("name", "lon", "lat", "population"),
    "zones": ("id", "name"),
}
"""Columns that are asked for even where the file seems to have none."""

KIND_COLUMNS: Final = ("kind", "category_code")
"""Columns that tell the kind of a facility, asked for apart from the others."""

PLACE_COLUMNS: Final = ("lon", "lat", "x", "y", "geometry")
"""Columns of ours that say where a row lies: with others, the datum must be looked at anew."""

UNIT_CHOICES: Final = {
    "population": ("人", "万人"),
    "population_60plus": ("人", "万人"),
    "population_0_3": ("人", "万人"),
    "area_m2": ("平方米", "亩", "公顷", "平方公里"),
    "turnout_minutes": ("分钟", "秒"),
}
"""Columns of ours that offices write in several units; the first is our own."""

UNDECLARED: Final[Mapping[str, Any]] = {"crs": "", "row_datums": {}, "unclear_rows": ()}
"""Fields of a draft whose datum is still to be declared."""


@dataclass(frozen=True, eq=False)
class Intake:
    """
    One file on its way in.

    Parameters
    ----------
    layer
        What it is to become.
    key
        SHA-256 of what was sent.
    holder
        Its private folder, which goes when this does.
    file, name
        The private copy, and the name as the planner knows it.
    outline
        What it holds; None where it could not be opened.
    fault
        Why it could not be opened or read as it is to be; None where it could.
    options
        How it was read last.
    table
        The part that was chosen.
    draft
        What is declared of it.
    proposed
        Columns that were proposed.
    evidence
        What speaks for which datum; None until it is asked for, and where there is nothing to ask.
    kinds
        Kind by row as it would be recognised; None until it is asked for.
    result
        What came of the check of this draft; None until it is made.
    slot
        Which import of the page: the same file may stand in two.
    """

    layer: Layer
    key: str
    holder: PrivateFolder
    file: Path
    name: str
    outline: Outline | None = None
    fault: PlannerError | None = None
    options: ReadingOptions | None = None
    table: SourceTable | None = None
    draft: Draft | None = None
    proposed: tuple[ProposedColumn, ...] = field(default=())
    evidence: Evidence | None = None
    kinds: pd.DataFrame | None = None
    result: Checked | None = None
    slot: str = ""

    @property
    def version(self) -> str:
        """Changes where the file or the way it is read does: widgets then start anew."""
        return f"{self.slot}-{self.layer}-{self.key[:12]}-{abs(hash(self.options))}"

    def with_evidence(self, evidence: Evidence) -> Intake:
        """The import with what speaks for which datum."""
        return replace(self, evidence=evidence)

    def with_result(self, result: Checked) -> Intake:
        """The import with what came of the check."""
        return replace(self, result=result)


def intake_of(state: State, slot: str) -> Intake | None:
    """The import in a slot, or None."""
    found: Intake | None = state.get(f"{INTAKE}-{slot}")
    return found


def keep(state: State, slot: str, intake: Intake) -> Intake:
    """Put an import into a slot, and give it back."""
    state[f"{INTAKE}-{slot}"] = intake
    return intake


def drop(state: State, slot: str) -> None:
    """Forget the import of a slot; its private copy is deleted."""
    state.pop(f"{INTAKE}-{slot}", None)


def started(
    state: State,
    slot: str,
    *,
    layer: Layer,
    pieces: Sequence[Piece],
    outline: Callable[[Path], Outline],
) -> Intake:
    """
    The import of what was sent: the one that is there, or a new one.

    Parameters
    ----------
    state
        Of the session.
    slot
        Which import of the page.
    layer
        What it is to become.
    pieces
        Name and content of each file.
    outline
        Tells what a file holds.

    Returns
    -------
    intake
        With `outline`, or with `fault`.
    """
    key = upload_key(pieces)
    there = intake_of(state, slot)
    if there is not None and there.key == key:
        if there.layer == layer:
            return there
        begun = (layer, key, there.holder, there.file, there.name, there.outline, there.fault)
        return keep(state, slot, Intake(*begun, slot=slot))
    # It goes when the session lets go of the import.
    holder = PrivateFolder()
    try:
        file, name = kept_upload(pieces, holder.path)
    except PlannerError as fault:
        found = Intake(layer, key, holder, holder.path, pieces[0][0], fault=fault, slot=slot)
        return keep(state, slot, found)
    try:
        found = Intake(layer, key, holder, file, name, outline=outline(file), slot=slot)
    except PlannerError as fault:
        found = Intake(layer, key, holder, file, name, fault=fault, slot=slot)
    return keep(state, slot, found)


def read_as(
    intake: Intake,
    options: ReadingOptions,
    *,
    read_file: Callable[..., SourceTable],
    kinds: Mapping[str, FacilityKind],
) -> Intake:
    """
    The import with its table read in a certain way; the same where it was read so already.

    Parameters
    ----------
    intake
        With `outline`.
    options
        Part, header row, encoding.
    read_file
        Reads a file.
    kinds
        Facility kinds by code.

    Returns
    -------
    intake
        With `table`, `draft` and `proposed`, or with `fault`; a raster of people has no table.
    """
    if options == intake.options:
        return intake
    raster = Draft(intake.layer, intake.file, intake.name)
    if is_raster(raster):
        return replace(intake, options=options, draft=raster)
    bare = Intake(
        intake.layer,
        intake.key,
        intake.holder,
        intake.file,
        intake.name,
        outline=intake.outline,
        options=options,
        slot=intake.slot,
    )
    try:
        table = replace(read_file(intake.file, options=options), name=intake.name)
        draft, proposed = first_draft(
            table, layer=intake.layer, file=intake.file, options=options, kinds=kinds
        )
    except PlannerError as fault:
        return replace(bare, fault=fault)
    return replace(bare, table=table, draft=replace(draft, name=intake.name), proposed=proposed)


def declared(intake: Intake, **changes: object) -> Intake:
    """
    The import with other declarations; what no longer follows from them is dropped.

    Parameters
    ----------
    intake
        With `draft`.
    changes
        Fields of `layers.intake.Draft`.
    """
    assert intake.draft is not None  # noqa: S101 - pages ask for declarations of what was read
    before, after = intake.draft, replace(intake.draft, **changes)  # type: ignore[arg-type]
    if after == before:
        return intake
    found = replace(intake, draft=after, result=None)
    if _places(before.columns) != _places(after.columns):
        # Another column may be written in another system.
        found = replace(found, evidence=None, draft=replace(after, **UNDECLARED))
    if before.columns != after.columns:
        found = replace(found, kinds=None)
    return found


def main_part(outline: Outline) -> Part:
    """The sheet or layer likeliest meant: not one that explains a form; of the rest the longest."""
    meant = without_guides([part.name for part in outline.parts])
    parts = (part for part in outline.parts if part.name in meant)
    return max(parts, key=lambda part: part.rows if part.rows is not None else 0)


def part_label(part: Part) -> str:
    """A sheet or layer in a list of choice: "名录（120 行）"."""
    facts = [f"{part.rows:,} 行" if part.rows is not None else "", part.crs]
    told = "，".join(fact for fact in facts if fact)
    return (part.name or "（唯一的表）") + (f"（{told}）" if told else "")


def _places(columns: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(columns.get(name) for name in PLACE_COLUMNS)
