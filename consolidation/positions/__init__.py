"""Group-specific risk from any number of positions: pure Polars tasks that threads or Dask execute.

``readers`` plan what to read in one go and read it into chunks; ``aggregate`` sums them, by the run's ``context`` and
``exclusions``, into ``partial_sums``; ``executor`` and ``dask_cluster`` share the tasks out; ``group_positions`` is what each
group has, and ``charges`` what it costs.
"""

from consolidation.positions.charges import GroupSpecificRiskResult, group_specific_risk
from consolidation.positions.checking import check_positions
from consolidation.positions.readers.tasks import EngineFault

__all__ = ["EngineFault", "GroupSpecificRiskResult", "check_positions", "group_specific_risk"]
