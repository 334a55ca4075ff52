"""One run from the filing set to the output folder and the store, and what flags and scans look at.

:func:`run` is the whole of it; ``reading`` reads the set, ``outputs`` writes the folder, ``remember`` the store, ``concern``
says whose errors they are, ``watching`` gathers what is to be watched.
"""

from jobs.pipeline.consolidation_run import RunResult, run

__all__ = ["RunResult", "run"]
