"""What `benchmarks/engines.py` measured, as Markdown."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

OURS: Final = "quantu"
SNAPPED: Final = "quantu-snapped"
BARE: Final = "scipy"

LABELS: Final = {
    OURS: "**QuanTu**",
    SNAPPED: "**QuanTu**, points snapped before",
    "quantu-two": "**QuanTu**, points snapped before, two processes",
    BARE: "bare SciPy, nodes numbered at random",
    "scipy-ordered": "bare SciPy, nodes along a Hilbert curve",
    "networkit": "NetworKit",
    "igraph": "igraph",
    "pandana": "pandana",
    "networkx": "NetworkX",
    "osmnx-hull": "OSMnx recipe, convex hull",
    "osmnx-buffers": "OSMnx recipe, buffered edges",
    "r5py": "r5py",
}

WORK: Final = {
    "nearest": "nearest facility",
    "matrix": "travel matrix within 15 minutes",
    "areas": "service areas at 15 minutes",
    "update": "one facility added, moved or closed, within 15 minutes",
}

HEAD: Final = (
    "engine",
    "facilities",
    "made ready",
    "first",
    "median",
    "least - most",
    "runs",
    "per facility",
    "x QuanTu",
    "x SciPy",
    "peak MB",
    "agreement",
)


@dataclass
class Row:
    """
    One engine at one job.

    Parameters
    ----------
    engine
        Its name.
    facilities, sample
        How many there are, and with how many it worked.
    one_by_one
        Whether facilities are worked on one after the other, so that time grows with them.
    prepared_s, first_s
        Seconds to make it ready, and of its first run, which is not counted.
    seconds
        Of each run, by case.
    memory_mb
        Peak of its process.
    agreement
        Largest difference of travel times from bare SciPy, or the share that areas have in
        common with ours; "" where not compared.
    why_not
        Why there is no figure.
    """

    engine: str
    facilities: int
    sample: int
    one_by_one: bool = False
    prepared_s: float = math.nan
    first_s: float = math.nan
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory_mb: float = math.nan
    agreement: str = ""
    why_not: str = ""

    @property
    def scale(self) -> int:
        """By what times are divided before engines are compared."""
        return self.sample if self.one_by_one else 1

    @property
    def total_s(self) -> float:
        """Seconds of all runs."""
        return sum(sum(times) for times in self.seconds.values())

    def median_s(self, case: str) -> float:
        """Median of a case; NaN where it was not measured."""
        times = self.seconds.get(case)
        return statistics.median(times) if times else math.nan


@dataclass(frozen=True)
class Section:
    """One job on one network: a table, and a sentence about the network."""

    network: str
    nodes: int
    job: str
    mode: str
    facilities: int
    demand: int
    rows: Sequence[Row]
    about: str = ""

    def row(self, engine: str) -> Row | None:
        """The row of an engine, where it has figures."""
        return next((row for row in self.rows if row.engine == engine and row.seconds), None)

    @property
    def title(self) -> str:
        """What was measured."""
        demand = "" if self.job == "areas" else f", {self.demand:,} demand points"
        return f"{self.network}, {WORK[self.job]}: {self.facilities:,} facilities{demand}"


@dataclass(frozen=True)
class Asked:
    """
    A figure that was asked for.

    Parameters
    ----------
    what
        In words, with the figure.
    job, mode, nodes, facilities
        Where it is asked; any number of facilities where None.
    value
        The measured figure of one of our engines; NaN where there is none.
    most, least
        Bounds of the figure.
    why
        What stands in the way where it is missed.
    """

    what: str
    job: str
    mode: str
    nodes: int
    value: Callable[[Section, str], float]
    facilities: int | None = None
    most: float = math.inf
    least: float = -math.inf
    why: str = ""

    def fits(self, section: Section) -> bool:
        """Whether it is about a section."""
        alike = (section.job, section.mode, section.nodes) == (self.job, self.mode, self.nodes)
        return alike and self.facilities in (None, section.facilities)

    def verdict(self, value: float) -> str:
        """Whether it is met, or by how much it is missed and why."""
        if self.least <= value <= self.most:
            return "met"
        missed = value / self.most - 1 if value > self.most else 1 - value / self.least
        return f"**missed by {missed:.0%}**" + (f": {self.why}" if self.why else "")


def x_bare(section: Section, ours: str) -> float:
    """How many times as long ours takes as bare SciPy."""
    return 1 / faster_than(BARE)(section, ours)


def faster_than(peer: str) -> Callable[[Section, str], float]:
    """How many times as long a peer takes as ours, per facility."""

    def value(section: Section, ours: str) -> float:
        rows = section.row(peer), section.row(ours)
        if rows[0] is None or rows[1] is None:
            return math.nan
        return rows[0].median_s("") / rows[0].scale / (rows[1].median_s("") / rows[1].scale)

    return value


def slowest_change_ms(section: Section, ours: str) -> float:
    """Median of the slowest kind of change, milliseconds."""
    row = section.row(ours)
    return math.nan if row is None else max(row.median_s(case) for case in row.seconds) * 1000


def our_seconds(section: Section, ours: str) -> float:
    """Our median."""
    row = section.row(ours)
    return math.nan if row is None else row.median_s("")


def our_memory_gb(section: Section, ours: str) -> float:
    """Peak of our process."""
    row = section.row(ours)
    return math.nan if row is None else row.memory_mb / 1024


MILLION: Final = 1_000_000

_NEAREST: Final = ("nearest", "drive", MILLION)
_MATRIX: Final = ("matrix", "ride", MILLION)
_AREAS: Final = ("areas", "drive", MILLION)
_MORE_THAN_BARE: Final = "ours also snaps points, names the facility and adds up the metres"
_MORE_THAN_TIMES: Final = "ours also adds up the metres and makes the table, and snaps what is not"

ASKED: Final = (
    Asked("at most 1.2 x bare SciPy", *_NEAREST, x_bare, most=1.2, why=_MORE_THAN_BARE),
    Asked("at least 20 x as fast as NetworkX", *_NEAREST, faster_than("networkx"), least=20),
    Asked("at most 3 GB", "nearest", "drive", 5 * MILLION, our_memory_gb, most=3),
    *(
        Asked(
            "at least 8 x as fast as bare SciPy",
            *_MATRIX,
            faster_than(BARE),
            facilities,
            least=8,
            why=_MORE_THAN_TIMES,
        )
        for facilities in (500, 5_000)
    ),
    Asked("at most 3 GB", *_MATRIX, our_memory_gb, 5_000, most=3),
    Asked("at most 10 ms", "update", "drive", 100_000, slowest_change_ms, most=10),
    Asked("at most 40 ms", "update", "drive", MILLION, slowest_change_ms, most=40),
    Asked("at most 10 s", *_AREAS, our_seconds, 500, most=10),
    *(
        Asked(
            f"at least 100 x as fast as the {LABELS[peer]}", *_AREAS, faster_than(peer), least=100
        )
        for peer in ("osmnx-hull", "osmnx-buffers")
    ),
)


def markdown(sections: Sequence[Section], notes: Sequence[str]) -> str:
    """The whole report."""
    lines = ["# Engines side by side", "", *notes, "", "## Asked and measured", ""]
    lines += _table(("asked", "engine", "measured", ""), _asked_rows(sections))
    for section in sections:
        lines += ["", f"## {section.title}", "", section.about, ""]
        lines += _table(HEAD, _rows(section))
    return "\n".join(lines) + "\n"


def _asked_rows(sections: Sequence[Section]) -> list[tuple[str, ...]]:
    rows = []
    for asked in ASKED:
        found = [
            (LABELS[engine], asked.value(section, engine))
            for section in filter(asked.fits, sections)
            for engine in LABELS
            if engine.startswith(OURS)
        ]
        size = f", {asked.facilities:,} facilities" if asked.facilities else ""
        what = f"{WORK[asked.job]} ({asked.mode}), {asked.nodes:,} nodes{size}: {asked.what}"
        measured = [row for row in found if not math.isnan(row[1])]
        if not measured:
            rows.append((what, "", "", "not measured in this run"))
        rows += [(what, name, _number(value), asked.verdict(value)) for name, value in measured]
    return rows


def _rows(section: Section) -> list[tuple[str, ...]]:
    rows = []
    for row in section.rows:
        label = LABELS[row.engine]
        if row.why_not:
            rows.append((label, row.why_not, *[""] * (len(HEAD) - 2)))
        rows += [
            (f"{label}: {case}" if case else label, *_cells(section, row, case))
            for case in row.seconds
        ]
    return rows


def _cells(section: Section, row: Row, case: str) -> tuple[str, ...]:
    """A row without its label."""
    times = row.seconds[case]
    number = f"{row.facilities:,}"
    if row.one_by_one and row.sample != row.facilities:
        number = f"{row.sample:,} of {row.facilities:,}"
    usual = row.median_s(case) / row.scale
    compared = []
    for other in (OURS, BARE):
        base = section.row(other)
        theirs = math.nan if base is None else base.median_s(case) / base.scale
        compared.append(_number(usual / theirs))
    return (
        number,
        _time(row.prepared_s),
        _time(row.first_s),
        _time(row.median_s(case)),
        f"{_time(min(times))} - {_time(max(times))}",
        str(len(times)),
        _time(usual) if row.one_by_one else "",
        *compared,
        f"{row.memory_mb:,.0f}",
        row.agreement,
    )


def _time(seconds: float) -> str:
    """With its unit."""
    if seconds < 1:
        return f"{_number(seconds * 1000)} ms"
    return "" if math.isnan(seconds) else f"{_number(seconds)} s"


def _number(value: float) -> str:
    """Three digits that count; nothing for NaN."""
    if math.isnan(value):
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    lines = [head, ["---"] * len(tuple(head)), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
