"""The group's workbook (Annex 10 of the implementing notice), written with live formulas and read back by its items."""

from consolidation.annex10.cells import Limits
from consolidation.annex10.reader import GroupReading, read_group_form
from consolidation.annex10.sheets import is_group_form
from consolidation.annex10.writer import workbook_name, write_workbook

__all__ = [
    "GroupReading",
    "Limits",
    "is_group_form",
    "read_group_form",
    "workbook_name",
    "write_workbook",
]
