"""Source cards: what the README beside a data file says of its publisher, licence and limits.

A card is a section headed by the file's name, with one line per fact::

    ## places.csv

    - 名称：…
    - 许可：…
    - 署名：…
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from layers.project import Project

CARDS_FILE: Final = "README.md"

LARGEST_BYTES: Final = 200_000
"""More than this is no list of cards; the rest is not read."""

ATTRIBUTION: Final = "署名："

OSM_CREDIT: Final = "© OpenStreetMap 贡献者（OpenStreetMap contributors），ODbL 1.0"

OSM_FORMATS: Final = (".pbf", ".graphml")
"""Files of these formats hold OpenStreetMap's data where no card says otherwise."""

_HEADING: Final = "## "
_FACT: Final = "- "


@dataclass(frozen=True)
class SourceCard:
    """
    Where a file comes from.

    Parameters
    ----------
    file
        Name of the file.
    facts
        Lines such as "许可：ODbL 1.0"; empty where nothing is written about the file.
    """

    file: str
    facts: tuple[str, ...]

    @property
    def attribution(self) -> str:
        """Whom to credit; "" where the card does not say."""
        credited = (fact for fact in self.facts if fact.startswith(ATTRIBUTION))
        return next(credited, "").removeprefix(ATTRIBUTION).strip()


def read_source_cards(files: Iterable[Path]) -> list[SourceCard]:
    """
    The card of each file, from the README in the file's own folder.

    Parameters
    ----------
    files
        Data files; need not exist.

    Returns
    -------
    cards
        One per file, in order; without facts where there is no README or no section.
    """
    sections: dict[Path, dict[str, tuple[str, ...]]] = {}
    cards = []
    for file in files:
        if file.parent not in sections:
            sections[file.parent] = _sections(file.parent / CARDS_FILE)
        cards.append(SourceCard(file.name, sections[file.parent].get(file.name, ())))
    return cards


def credits_of(project: Project, cards: Iterable[SourceCard]) -> tuple[str, ...]:
    """
    Whom to credit for a project's data, each once.

    Parameters
    ----------
    project
        Where its roads come from decides whether OpenStreetMap is credited without a card.
    cards
        Of the project's input files.

    Returns
    -------
    credits
        In the order of the files.
    """
    lines = [
        card.attribution or (OSM_CREDIT if card.file.lower().endswith(OSM_FORMATS) else "")
        for card in cards
    ]
    if project.settings.roads.source == "download":
        lines.append(OSM_CREDIT)
    return tuple(dict.fromkeys(line for line in lines if line))


def _sections(path: Path) -> dict[str, tuple[str, ...]]:
    """Facts by heading."""
    if not path.is_file():
        return {}
    with path.open("rb") as handle:
        text = handle.read(LARGEST_BYTES).decode("utf-8", errors="replace")
    facts: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith(_HEADING):
            heading = line.removeprefix(_HEADING).strip()
        elif heading and line.startswith(_FACT):
            facts.setdefault(heading, []).append(line.removeprefix(_FACT).strip())
    return {name: tuple(lines) for name, lines in facts.items()}
