"""The border of the engine: a filing set, wherever it lies and however it is written, becomes frames that can be trusted.

``places`` finds the files, ``files``, ``readers`` and ``sheets`` open them, ``raw_tables`` are their rows as text, ``cells``
types them, ``checks`` compares them, ``faults`` tells what was found; ``filing_set`` is the whole.
"""

from consolidation.filing_set.filing_set import (
    FilingSet,
    InputFile,
    Part,
    UnusableSet,
    ValidationStatus,
    Verdict,
    read_filing_set,
    unread_positions,
    verdict,
)

__all__ = [
    "FilingSet",
    "InputFile",
    "Part",
    "UnusableSet",
    "Verdict",
    "ValidationStatus",
    "read_filing_set",
    "unread_positions",
    "verdict",
]
