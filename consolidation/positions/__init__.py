"""Group-specific risk from any number of positions: pure Polars tasks that threads or Dask execute.

``readers`` plan what to read in one go and read it into chunks; ``aggregate`` sums them, by the run's ``context`` and
``exclusions``, into ``partial_sums``; ``execution`` shares the tasks out; ``group_positions`` is what each
group has, and ``charges`` what it costs.
"""

from consolidation.positions.charges import GroupSpecificRiskResult, group_specific_risk
from consolidation.positions.checking import check_positions, holders_in_positions
from consolidation.positions.execution.sums_cache import SumsCache
from consolidation.positions.readers.tasks import EngineFault

__all__ = [
    "EngineFault",
    "GroupSpecificRiskResult",
    "SumsCache",
    "check_positions",
    "group_specific_risk",
    "holders_in_positions",
]
