"""The group stress test: every scenario on every group, from what members gave and what shocks do (Rule 19 A143; Rule 10).

The structure, the positions and the statements of the report date are computed once (``report_date``). A scenario moves members
and figures (``scenario_run``); group-specific risk is measured anew on the stressed positions, total and net assets, and the
engine's own functions make the statement. ``base`` is the base of the horizons, ``rows`` what is kept of an outcome, ``run`` the
whole of it, ``result`` what it gives. Nothing of it is a filing.
"""

from consolidation.scenario.stress.base import BASE_HORIZONS
from consolidation.scenario.stress.result import StressTest
from consolidation.scenario.stress.run import report_dates, stress

__all__ = ["BASE_HORIZONS", "StressTest", "report_dates", "stress"]
