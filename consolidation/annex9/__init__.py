"""The insurer's own workbook (Annex 9 of the implementing notice), read into ``solo_filings`` without retyping."""

from consolidation.annex9.reader import FormReading, read_form, read_workbook, row_schema
from consolidation.filing_set.merging import merge_into_set

__all__ = ["FormReading", "merge_into_set", "read_form", "read_workbook", "row_schema"]
