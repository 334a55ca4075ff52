"""Group-specific risk from any number of positions, as pure Polars tasks that Dask moves.

``run`` is the stage as a whole. ``parts`` says what to read in one go, ``clean`` and ``text`` read it into ``chunks``; the
``desk`` counts them by the run's ``books`` into ``sums``; ``crew`` and ``cluster`` share the work out; ``group_positions`` is
what each group has.
"""

from consolidation.positions.charges import EngineFault, SpecificRun, specific_risk

__all__ = ["EngineFault", "SpecificRun", "specific_risk"]
