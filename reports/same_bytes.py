"""A document packed so that the same content gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

MADE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - python-docx knows no time zones
"""Stands as the date of every document: no clock, so that a replay gives the same bytes."""

_ENTRY_TIME: Final = (2000, 1, 1, 0, 0, 0)
_FIRST: Final = "[Content_Types].xml"


def same_bytes(content: bytes) -> bytes:
    """
    A zip packed again: entries in a fixed order, at a fixed time.

    Parameters
    ----------
    content
        A zip.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda one: (one != _FIRST, one)):
            info = zipfile.ZipInfo(name, _ENTRY_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3  # the same on Windows
            new.writestr(info, old.read(name))
    return packed.getvalue()


def set_properties(document: WordDocument, *, title: str, maker: str) -> None:
    """
    Title and maker of a document; nothing of who or what wrote it, and no clock.

    Parameters
    ----------
    document
        Changed in place.
    title, maker
        As they are printed; 255 characters are the most that Word keeps.
    """
    about = document.core_properties
    about.title, about.author = title[:255], maker[:255]
    about.last_modified_by = maker[:255]
    about.created = about.modified = MADE
    about.last_printed = MADE
    about.revision = 1
