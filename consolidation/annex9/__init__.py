"""The insurer's own workbook (Annex 9 of the implementing notice), read into ``solo_filings`` without retyping."""

from consolidation.annex9.reader import (
    NOTHING_TOLD,
    FormReading,
    ToldIdentity,
    is_form,
    read_form,
    read_workbook,
    row_schema,
)
from consolidation.filing_set.merging import merge_into_set

__all__ = [
    "NOTHING_TOLD",
    "FormReading",
    "ToldIdentity",
    "is_form",
    "merge_into_set",
    "read_form",
    "read_workbook",
    "row_schema",
]
