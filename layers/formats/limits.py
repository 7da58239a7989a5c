"""How much a file may ask of the program before it is refused, one number in one place."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

MOST_FILE_BYTES: Final = 300 * MIB
"""Bytes of one file as it lies on the disk."""

MOST_UNPACKED_BYTES: Final = 600 * MIB
"""Bytes of everything that comes out of one archive or workbook, counted while unpacking: what a
header says of the size is the word of whoever made the file."""

MOST_RATIO: Final = 200
"""Times as large as packed; text packs 5 to 20 times, nothing honest 200."""

SMALL_ENTRY_BYTES: Final = 1 * MIB
"""An entry that unpacks to less is never refused for its ratio: empty cells pack well."""

MOST_ENTRIES: Final = 2_000
"""Files in one archive."""

MOST_ROWS: Final = 500_000
"""Rows of one table; ten times the villages of the largest province."""

MOST_COLUMNS: Final = 1_000
"""Columns of one table."""

MOST_CELLS: Final = 20_000_000
"""Cells of one table."""

MOST_PARTS: Final = 200
"""Sheets or layers of one file that are looked at."""

MOST_LAYERS: Final = 2 * MOST_PARTS
"""Layers of one map file; GDAL goes through all of them for each that it opens."""

MOST_NESTED: Final = 30
"""Collections within collections of one shape; GEOS overruns its stack at some ten thousand."""

READ_SECONDS: Final = 60.0
"""Seconds of clock time for reading one file."""

READ_MEMORY_BYTES: Final = 1_500 * MIB
"""Address space of the process that reads a file, its libraries included."""
