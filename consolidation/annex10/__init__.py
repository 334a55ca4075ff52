"""The group's workbook (Annex 10 of the implementing notice), written with live formulas that give the engine's values."""

from consolidation.annex10.cells import Limits
from consolidation.annex10.writer import workbook_name, write_workbook

__all__ = ["Limits", "workbook_name", "write_workbook"]
