"""The limits on the two ratios, by the flag that falling below one raises: ids of rulebook entries."""

from __future__ import annotations

from collections.abc import Mapping

from monitoring.ratios import COMPREHENSIVE, CORE

THRESHOLDS: Mapping[str, Mapping[str, str]] = {
    "breach": {CORE: "solvency.core_minimum_ratio", COMPREHENSIVE: "solvency.comprehensive_minimum_ratio"},
    "key_check": {CORE: "key_check.core_ratio", COMPREHENSIVE: "key_check.comprehensive_ratio"},
    "watch": {CORE: "watch.core_ratio", COMPREHENSIVE: "watch.comprehensive_ratio"},
}
"""Flag → measure → rulebook entry of the limit, the gravest first."""
