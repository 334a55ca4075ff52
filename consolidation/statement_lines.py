"""The lines of a group's statement, declared once: their names in the order in which they are written (spec: ``line`` names)."""

from __future__ import annotations

CAPITAL_TIER_LINES = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
"""The four tiers of actual capital (Rule 1 A36)."""

PARENT_LINE = "parent_minimum_capital"
INSURERS_LINE = "insurance_members_minimum_capital"
OTHER_LINE = "other_members_minimum_capital"
MEMBER_LINES = (
    PARENT_LINE,
    INSURERS_LINE,
    "bank_members_minimum_capital",
    "securities_members_minimum_capital",
    "trust_members_minimum_capital",
    OTHER_LINE,
)
"""What the members bring (Rule 19 A16, A17), by kind of member."""

SPECIFIC_LINES = (
    "contagion_risk_minimum_capital",
    "counterparty_concentration_minimum_capital",
    "sector_concentration_minimum_capital",
    "customer_concentration_minimum_capital",
)
"""The group-specific charges (Rule 19 A22–A33), which are measured on transactions between members and on positions."""

SURPLUS_LINES = ("core_solvency_surplus", "comprehensive_solvency_surplus")
"""What is left above the least core and actual capital of A12; below zero is a breach."""

LINES = (
    "actual_capital",
    *CAPITAL_TIER_LINES,
    "minimum_capital",
    "quantifiable_risk_minimum_capital",
    *MEMBER_LINES,
    "group_specific_risk_minimum_capital",
    "contagion_risk_minimum_capital",
    "concentration_risk_minimum_capital",
    "counterparty_concentration_minimum_capital",
    "sector_concentration_minimum_capital",
    "customer_concentration_minimum_capital",
    "concentration_diversification_effect",
    "diversification_reduction",
    "control_risk_minimum_capital",
    "add_on_capital",
    "core_solvency_surplus",
    "core_solvency_ratio",
    "comprehensive_solvency_surplus",
    "comprehensive_solvency_ratio",
)
"""Every line of a statement, in the order it is written."""
