"""The tables of stress tests: what the members' own models gave, what a shock acts on, who signed (Rule 10; Annex 11).

No statement depends on them: a row in error is set aside with a warning and stops nothing.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.traced import OnAForm, Traced

MEMBER_SCENARIOS = (
    "base", "mandatory_1", "mandatory_2", "mandatory_3", "own", "reverse",
    "sensitivity_1", "sensitivity_2", "sensitivity_own",
    "quarter_base", "quarter_1", "quarter_2", "quarter_own_1", "quarter_own_2",
)  # fmt: skip
"""The scenarios of a member's own test: the columns of Annex 11-1 and 11-2, and of sheet ST01 of Annex 9."""
SIGN_OFF_KEY = ("group_id", "entity_id", "report_date")


class StressResults(OnAForm):
    """What an insurer's own stress test gave, one row a scenario and horizon, 万元.

    ``base`` stands for the report date and one and two years on, ``quarter_base`` for the next quarter's end. A tier that is
    not given is no fault: core and actual capital are enough.
    """

    entity_id = c.key("the insurer")
    report_date = c.key_period("the date that the test starts from")
    scenario = c.key_choice("the scenario of Rule 10", *MEMBER_SCENARIOS)
    horizon_end = c.key_period("the date that the figures are for")
    actual_capital = c.for_checks_only(c.amount("实际资本"))
    core_capital = c.for_checks_only(c.amount("核心资本"))
    minimum_capital = c.for_checks_only(c.amount("最低资本"))
    core_tier1_capital = c.optional_for_checks(c.amount("核心一级资本"))
    core_tier2_capital = c.optional_for_checks(c.amount("核心二级资本"))
    supplementary_tier1_capital = c.optional_for_checks(c.amount("附属一级资本"))
    supplementary_tier2_capital = c.optional_for_checks(c.amount("附属二级资本"))
    quantifiable_risk_minimum_capital = c.optional_for_checks(c.amount("量化风险最低资本"))
    direction = c.optional_for_checks(
        c.text("which of two directions was the worse (new business up or down)")
    )


class StressDrivers(Traced):
    """What shocks act on at a member that gave no result, 万元 and fractions; each is optional."""

    entity_id = c.key("the company")
    period_end = c.key_period()
    equity_assets = c.optional_for_checks(
        c.amount_not_negative("权益类资产认可价值, without money-market funds")
    )
    fixed_income_fair_value = c.optional_for_checks(c.amount_not_negative("以公允价值计量的固定收益类资产"))
    modified_duration = c.optional_for_checks(c.rate_not_negative("its modified duration, years"))
    credit_risk_assets = c.optional_for_checks(c.amount_not_negative("应计量信用风险的固定收益类资产"))
    earned_premium = c.optional_for_checks(c.amount("已赚保费 of the period"))
    combined_ratio = c.optional_for_checks(c.rate("综合成本率"))
    claims_ratio = c.optional_for_checks(c.rate("综合赔付率"))


class StressSignOffs(Traced):
    """Who approved and who reviewed a stress test report (Rule 10 A37, A38), of a group or of one insurer."""

    group_id = c.optional(c.id_of("the group, or"))
    entity_id = c.optional(c.id_of("the insurer"))
    report_date = c.period("the date that the test starts from")
    board_on = c.optional(c.day("the day on which the board approved it"))
    reviewer = c.optional(c.text("the independent reviewer"))
    opinion = c.optional(c.text("the reviewer's opinion"))

    @dy.rule()
    def entity_id__group_or_entity(cls) -> pl.Expr:
        """A row is about one group or about one company, never both."""
        return pl.col("group_id").is_null() != pl.col("entity_id").is_null()

    @dy.rule()
    def report_date__duplicate_key(cls) -> pl.Expr:
        """No two rows are about the same report."""
        return pl.struct(SIGN_OFF_KEY).is_unique()
