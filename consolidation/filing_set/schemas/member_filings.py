"""The tables of what members file: insurers under C-ROSS II, other companies under their own rules (A15–A22)."""

from __future__ import annotations

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.columns import ENTITY_KINDS, RATINGS
from consolidation.filing_set.schemas.traced import OnAForm, Traced


class SoloFilings(OnAForm):
    """Solvency filings of single insurers, one row a company, period and basis; ``annual`` is audited and wins.

    Amounts in 万元, ratios as fractions. An empty cell was not published. Minimum capital at or below zero, negative
    capital, surpluses, ratios and control risk occur in real filings and are allowed here.
    """

    entity_id = c.key("the insurer")
    period_end = c.key_period()
    basis = c.key_choice("quarterly, or annual (audited)", "quarterly", "annual")
    kind = c.published(c.choice("what the insurer is; may stand in entities instead", *ENTITY_KINDS))
    admitted_assets = c.for_checks_only(c.amount_not_negative("认可资产"))
    admitted_liabilities = c.for_checks_only(c.amount_not_negative("认可负债"))
    actual_capital = c.published(c.amount("实际资本"))
    core_tier1_capital = c.expected(c.amount("核心一级资本"))
    core_tier2_capital = c.expected(c.amount("核心二级资本"))
    supplementary_tier1_capital = c.expected(c.amount("附属一级资本"))
    supplementary_tier2_capital = c.expected(c.amount("附属二级资本"))
    minimum_capital = c.published(c.amount("最低资本"))
    quantifiable_risk_minimum_capital = c.for_checks_only(c.amount("量化风险最低资本"))
    life_insurance_risk_minimum_capital = c.for_checks_only(c.amount_not_negative("寿险业务保险风险最低资本"))
    non_life_insurance_risk_minimum_capital = c.for_checks_only(
        c.amount_not_negative("非寿险业务保险风险最低资本")
    )
    market_risk_minimum_capital = c.for_checks_only(c.amount_not_negative("市场风险最低资本"))
    credit_risk_minimum_capital = c.for_checks_only(c.amount_not_negative("信用风险最低资本"))
    diversification_effect = c.for_checks_only(c.amount("风险分散效应, a reduction, filed as positive"))
    loss_absorption_effect = c.for_checks_only(
        c.amount("特定类别保险合同损失吸收效应, a reduction, filed as positive")
    )
    control_risk_minimum_capital = c.for_checks_only(c.amount("控制风险最低资本"))
    add_on_capital = c.optional_for_checks(c.amount_not_negative("附加资本"))
    core_surplus = c.for_checks_only(c.amount("核心偿付能力溢额"))
    comprehensive_surplus = c.for_checks_only(c.amount("综合偿付能力溢额"))
    core_solvency_ratio = c.for_checks_only(c.rate("核心偿付能力充足率"))
    comprehensive_solvency_ratio = c.for_checks_only(c.rate("综合偿付能力充足率"))
    integrated_risk_rating = c.optional(c.choice("风险综合评级", *RATINGS))
    total_assets = c.optional(c.amount_not_negative("总资产, for the size coefficient"))
    rules = c.optional(c.choice("under which rules it was computed; empty: c_ross", "c_ross", "local"))
    audited_on = c.optional(c.day("the day of the audit report, of an annual filing"))


class SectorFilings(Traced):
    """What banks, trusts, securities, futures and other regulated companies filed with their own supervisors."""

    entity_id = c.key("the company")
    period_end = c.key_period()
    measure = c.choice(
        "what amount is",
        "risk_weighted_assets",
        "risk_capital",
        "risk_capital_reserve",
        "set_minimum_capital",
    )
    amount = c.amount_not_negative("the measure's amount, 万元")
    required_ratio = c.optional(c.rate_not_negative("a bank's required minimum capital adequacy ratio"))
    actual_capital = c.optional(c.amount("its own capital under its rules, 万元"))
    adequacy_ratio = c.optional(c.rate("its own adequacy ratio"))
    adequacy_requirement = c.optional(c.rate_not_negative("the adequacy its supervisor requires"))
