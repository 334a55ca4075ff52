"""Speed, measured side by side in one run on one machine: ``make bench``.

Each module measures one subject and has ``main()``, which prints a table; ``python -m benchmarks.NAME`` runs it alone.
Timings are medians and belong here only: no test asserts one.
"""
