"""One run from the filing set to the output folder and the store, and what flags and scans look at.

:func:`run` is the whole of it; ``reading`` reads the set, ``files`` writes what comes of it and puts it in place whole,
``error_scope`` says whose errors they are, ``scan_inputs`` gathers what flags and scan look at.
"""

from jobs.pipeline.consolidation_run import FolderNotWritten, RunResult, run

__all__ = ["FolderNotWritten", "RunResult", "run"]
