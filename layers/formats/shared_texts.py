"""The list of texts that the cells of an .xlsx refer to, and what becomes of them written out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_END: Final = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>")
_REFERENCE: Final = re.compile(rb't="s"[^>]*><v>([0-9]{1,9})</v>')


@dataclass
class SharedTexts:
    """
    How long each shared text is; a long one in every cell is a small file and fills the memory.

    Parameters
    ----------
    lengths
        Bytes of each, as XML.
    longest
        Bytes of the longest.
    """

    lengths: list[int] = field(default_factory=list)
    longest: int = 0
    _begun: int = 0

    def add(self, block: bytes) -> None:
        """
        Take note of the texts in one block of the list.

        Parameters
        ----------
        block
            In which no tag is cut through.
        """
        plain = b":si>" not in block and b"<si/" not in block and b"<si " not in block
        texts = list(map(len, block.split(b"</si>") if plain else _END.split(block)))
        texts[0] += self._begun
        self._begun = texts.pop()
        self.lengths += texts
        self.longest = max([self.longest, self._begun, *texts])

    def written_out(self, block: bytes) -> int:
        """
        Bytes that the cells in one block of a sheet refer to, or more.

        Parameters
        ----------
        block
            In which no cell is cut through.
        """
        places = list(map(int, _REFERENCE.findall(block)))
        lengths, known = self.lengths, len(self.lengths)
        found = sum([lengths[place] if place < known else self.longest for place in places])
        unusual = block.count(b't="s"') - len(places) + block.count(b"'s'")
        return found + max(unusual, 0) * self.longest
