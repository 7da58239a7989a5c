"""Text from outside shown as text: Streamlit reads Markdown in labels and messages.

Names come from other people's spreadsheets. `escaped` is for the HTML that the views write
themselves, `plain` for everything that Streamlit passes through its Markdown reader.
"""

from __future__ import annotations

import html
import re
from typing import Final

from reports.safe_text import TEXT_LIMIT, plain_text

MESSAGE_LIMIT: Final = 2_000
"""Characters of an error message or notice on screen; the log has it in full."""

_WORD_JOINER: Final = "\u2060"
"""Takes no room; between two characters it keeps them from being read as one mark."""

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")

# Streamlit looks for these in the text itself, after the escapes of Markdown have been taken out:
# :icons:, :colour[…], addresses, arrows and dashes.
_READ_LATE: Final = re.compile(r"(?<=[:@<>=-])(?=\S)|(?<=\S)(?=[:@])|(?<=[wW]{3})(?=\.)")


def plain(value: object, *, limit: int = TEXT_LIMIT) -> str:
    r"""
    Markdown that shows a text as it stands: no mark-up, formula, icon or link comes of it.

    Parameters
    ----------
    value
        Any cell; None and NaN become "".
    limit
        Largest number of characters shown, at least 1.

    Returns
    -------
    markdown
        One line, every mark of punctuation escaped.

    Examples
    --------
    >>> plain("*李村* $x$")
    '\\*李村\\* \\$x\\$'
    """
    joined = _READ_LATE.sub(_WORD_JOINER, plain_text(value, limit=limit))
    return _PUNCTUATION.sub(r"\\\1", joined)


def escaped(value: object, *, limit: int = TEXT_LIMIT) -> str:
    """
    HTML that shows a text as it stands.

    Parameters
    ----------
    value
        Any cell; None and NaN become "".
    limit
        Largest number of characters shown, at least 1.

    Returns
    -------
    html
        One line, safe in content and in a quoted attribute.

    Examples
    --------
    >>> escaped('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(plain_text(value, limit=limit), quote=True)
