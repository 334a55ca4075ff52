"""The tables of what a group files or publishes of itself: its statement, its accounts, its capital (Annex 10)."""

from __future__ import annotations

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.traced import OnAForm, Traced
from consolidation.statement_lines import LINES

ANNEX_10_CAPITAL_LINES = tuple(str(n) for n in range(1, 39) if n != 12)
"""The lines of Annex 10, actual capital of a holding group; the official sheet has no line 12."""


class GroupFilings(OnAForm):
    """The group's published or own statement, 万元: reconciled with what is computed.

    Its capital tiers are used where ``group_capital`` is absent.
    """

    group_id = c.key("the group")
    period_end = c.key_period()
    basis = c.key_choice("quarterly, or annual (audited)", "quarterly", "annual")
    actual_capital = c.expected(c.amount("实际资本"))
    core_tier1_capital = c.expected(c.amount("核心一级资本"))
    core_tier2_capital = c.expected(c.amount("核心二级资本"))
    supplementary_tier1_capital = c.expected(c.amount("附属一级资本"))
    supplementary_tier2_capital = c.expected(c.amount("附属二级资本"))
    minimum_capital = c.expected(c.amount("最低资本"))
    quantifiable_risk_minimum_capital = c.expected(c.amount("量化风险最低资本"))
    control_risk_minimum_capital = c.expected(c.amount("控制风险最低资本"))
    core_surplus = c.expected(c.amount("核心偿付能力溢额"))
    comprehensive_surplus = c.expected(c.amount("综合偿付能力溢额"))
    core_solvency_ratio = c.expected(c.rate("核心偿付能力充足率"))
    comprehensive_solvency_ratio = c.expected(c.rate("综合偿付能力充足率"))


class GroupFilingLines(OnAForm):
    """The group's published statement line by line, 万元 and ratios as fractions: every line is reconciled."""

    group_id = c.key("the group")
    period_end = c.key_period()
    basis = c.key_choice("quarterly, or annual (audited)", "quarterly", "annual")
    line = c.key_choice("a line of the statement", *LINES)
    amount = c.wanted(c.amount("the line's published amount"))


class GroupFinancials(Traced):
    """Consolidated balance sheet and income figures of the group, 万元."""

    group_id = c.key("the group")
    period_end = c.key_period()
    total_assets = c.wanted(c.amount("consolidated total assets"))
    net_assets = c.wanted(c.amount("consolidated net assets"))
    income = c.wanted(c.amount("consolidated income of the period"))


class GroupCapital(OnAForm):
    """The lines of Annex 10, actual capital of an insurance holding group, one row a line, 万元."""

    group_id = c.key("the group")
    period_end = c.key_period()
    line = c.key_choice("the line number of the sheet, such as 2", *ANNEX_10_CAPITAL_LINES)
    amount = c.wanted(c.amount("the line's amount, signed as on the sheet"))
