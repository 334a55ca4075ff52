"""Annex 11-1, 11-2 and sheet ST01 of Annex 9: insurers' own stress test forms, read into ``stress_results``."""

from consolidation.annex11.reader import StressReading, is_stress_form, read_stress_form

__all__ = ["StressReading", "is_stress_form", "read_stress_form"]
