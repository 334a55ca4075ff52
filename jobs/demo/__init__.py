"""Data that is made up: an industry with planted faults to learn on, and sets of any size to measure speed with.

:func:`write_demo` writes the filing sets of the industry in ``industry``; ``bench_data`` writes positions by the million.
"""

from jobs.demo.filing_sets import DemoIndustry, write_demo
from jobs.demo.planted import PlantedFault

__all__ = ["DemoIndustry", "PlantedFault", "write_demo"]
