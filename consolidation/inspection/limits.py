"""How much a file of a filing set may be, packed, unpacked and laid out, and what looking at it may cost."""

from __future__ import annotations

MOST_TABLE_BYTES = 256 << 20
"""No table that is read into memory is larger, packed or unpacked: some three million rows."""

MOST_TABLE_CELLS = 40_000_000
"""Rows times columns of a table that is read into memory, as a row of empty cells takes room too."""

MOST_COLUMNS = 16_384
"""Columns of any file; a worksheet ends at column XFD."""

MOST_SHEET_ROWS = 1_048_576
"""Rows of a worksheet."""

MOST_CELL_CHARACTERS = 131_072
"""Characters of one cell; the csv module stops there."""

MOST_POSITION_CELL_BYTES = 1_000
"""Bytes of one cell of positions in Parquet, where a text stands once and is shown by any number of rows."""

MOST_LINE_CHARACTERS = 1 << 20
"""Characters of one line of a CSV file."""

MOST_UNPACKED_BYTES = 1 << 30
"""Unpacked, no workbook or archive of a filing set is larger."""

MOST_PARTS = 10_000
"""Parts of a zip archive."""

DENSE_GRID_CELLS = 4_000_000
"""Cells of the rectangle around what is written in a worksheet, up to which it may be as empty as it likes."""

MOST_CELLS_A_WRITTEN_ONE = 8
"""Beyond :data:`DENSE_GRID_CELLS`: cells of the rectangle for each cell that is written."""

MOST_GRID_CELLS = 16_000_000
"""Cells of the rectangle around what is written, however full: a million rows of 15 columns."""

LONGEST_LOOK_BYTES = 256 << 20
"""Bytes of one file of positions that are decoded in full by a look; of a larger one, evenly spread row groups."""

_SMALL_BYTES = 32 << 20
_MOST_EXPANSION = 200


def most_expanded_bytes(packed_bytes: int, most_bytes: int = MOST_TABLE_BYTES) -> int:
    """What so many packed bytes may expand to: 32 MiB, or 200 times as much, and never beyond ``most_bytes``."""
    return min(most_bytes, max(_SMALL_BYTES, packed_bytes * _MOST_EXPANSION))


def cpu_seconds(size: int) -> int:
    """Processor time that a look at a file of so many bytes may take."""
    return 10 + size // (8 << 20)


def memory_bytes(size: int) -> int:
    """Address space that a look at a file of so many bytes may take beyond what the process has already."""
    return min(2 << 30, (256 << 20) + 32 * size)
