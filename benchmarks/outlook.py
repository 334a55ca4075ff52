"""How long the outlook takes, and how much memory, on the made-up filings of ``benchmarks.flags``.

``python -m benchmarks.outlook`` prints processor seconds and memory: forecasts from every period, the latest in rows, alarms,
then the back-test. 1 if the outlook took longer or more than allowed. Reading the files is not in it.
"""

from __future__ import annotations

import resource
import sys
import time

from benchmarks.flags import MOST_MEMORY, industry
from consolidation.rulebook import Rulebook
from monitoring.outlook.result import Outlook, OutlookInputs

COMPANIES, GROUPS, QUARTERS = 10_000, 1_000, 40
MOST_SECONDS = 10.0


def main() -> int:
    """Print the table; 1 if it took longer or more than allowed."""
    made = industry(COMPANIES, GROUPS, QUARTERS).flag_inputs
    inputs = OutlookInputs(solo_filings=made.solo_filings, lines=made.lines, members=made.members)
    start = time.process_time()
    outlook = Outlook(inputs, Rulebook.load())
    rows, alarms = outlook.latest().height, outlook.alarm_records.height
    forecasts = time.process_time() - start
    scores = outlook.back_test().height + outlook.reliability().height
    both = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{COMPANIES:,} companies × {QUARTERS} quarters: {rows:,} forecasts, {alarms} alarm records, {scores} scores"
    )
    print(f"outlook {forecasts:.2f} s, with the back-test {both:.2f} s, peak {memory / 1024**2:.0f} MB")
    return 1 if both > MOST_SECONDS or memory > MOST_MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
