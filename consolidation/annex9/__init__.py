"""The insurer's own workbook (Annex 9 of the implementing notice), read into ``solo_filings`` without retyping."""

from consolidation.annex9.merging import merge_into_set
from consolidation.annex9.reader import read_workbook, row_schema

__all__ = ["merge_into_set", "read_workbook", "row_schema"]
