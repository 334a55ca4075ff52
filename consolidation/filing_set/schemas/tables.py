"""The tables of a filing set: one schema each, and its docstring is the table's documentation.

Amounts are 万元 (CNY 10,000) with six places, rates and stakes fractions with twelve (1.5 = 150%), dates ISO. A column
is required unless made ``optional`` (may be missing) or ``expected`` (missing is a warning); see
:mod:`consolidation.filing_set.schemas.columns`. The intake adds ``source_file`` and ``source_row`` to each frame. :data:`TABLES` lists
them all with what a fault in one of their rows touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas import columns as c
from consolidation.statement_lines import LINES

ENTITY_KINDS = (
    "holding", "life", "property", "reinsurance", "asset_manager", "bank", "securities", "futures",
    "trust", "other",
)  # fmt: skip
RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "C", "D")
ASSET_CLASSES = (
    "deposit", "government_bond", "financial_bond", "corporate_bond", "equity", "fund",
    "asset_management_product", "loan", "derivative", "investment_property", "reinsurance",
    "receivable", "other",
)  # fmt: skip
COUNTERPARTY_CLASSES = (
    "government", "policy_bank", "government_supported", "state_owned_bank", "joint_stock_bank",
    "exchange", "group_product", "other",
)  # fmt: skip


class Traced(dy.Schema):
    """What the intake adds to every table: the file a row came from and its row there (the heading is row 1)."""

    source_file = dy.String(description="the file or sheet the row came from")
    source_row = dy.Int64(description="its row there, the heading being row 1")


ANNEX_10_CAPITAL_LINES = tuple(str(n) for n in range(1, 39) if n != 12)
"""The lines of Annex 10, actual capital of a holding group; the official sheet has no line 12."""
TIERS = ("core_tier1", "core_tier2", "supplementary_tier1", "supplementary_tier2")


class Groups(Traced):
    """The insurance groups, one row each. A group without a row counts as ``insurance_holding``, with a warning."""

    group_id = c.key("the group")
    name = c.wanted(c.text("its name as filed"))
    name_en = c.optional(c.text("its English name"))
    type = c.choice(
        "what kind of group Rule 19 A2 sees", "insurance_holding", "non_insurance_holding", "mixed"
    )
    parent_id = c.optional(c.id_of("the parent company, an entity"))
    member_requirement = c.optional(
        c.choice("what of a member's minimum capital A16 adds up; empty: whole", "whole", "quantifiable")
    )
    controls_bank = c.optional(c.yes_no("a bank in the same hands that is no member (k1 of A23, A24)"))


GROUP_MEMBER_KEY = ("group_id", "entity_id", "valid_from")
"""The key of ``group_members``, whose ``valid_from`` may be empty, as dataframely's own keys may not."""


class GroupMembers(Traced):
    """Explicit membership, one row a member and span of days. Wins over ``ownership``; an empty ``relation`` takes the
    register's, else ``subsidiary``. Without ``valid_from`` a member always was one; ``valid_to`` is its last day.
    """

    group_id = c.id_of("the group")
    entity_id = c.id_of("the member")
    relation = c.optional(c.choice("how the group holds it", "parent", "subsidiary", "joint_venture"))
    coverage = c.optional(c.text("how complete the list is, in words"))
    valid_from = c.optional(c.day("the first day of this membership; empty: always"))
    valid_to = c.optional(c.day("the last day of this membership; empty: still a member"))

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        return pl.col("valid_to") >= pl.col("valid_from")

    @dy.rule()
    def entity_id__duplicate_key(cls) -> pl.Expr:
        return pl.struct(GROUP_MEMBER_KEY).is_unique()


class Entities(Traced):
    """The companies. When this table is given, an id that is not in it is reported wherever it stands."""

    entity_id = c.key("the company")
    name = c.wanted(c.text("its name as filed"))
    kind = c.choice("what it is", *ENTITY_KINDS)
    jurisdiction = c.optional(c.text("country code; empty: CN"))
    equivalent_regime = c.optional(c.yes_no("its regime has solvency equivalence with China"))


class Ownership(Traced):
    """Who held how much of whom and when, one row a stake and span of days.

    ``valid_to`` is the last day it holds; empty: still held. The stakes in one company never exceed 1 on any day.
    """

    owner_id = c.key("the holder, direct")
    entity_id = c.key("the company held")
    valid_from = c.key_day("the first day of this stake")
    stake = c.fraction("the direct stake")
    relation = c.choice("what the holder has", "subsidiary", "joint_venture", "associate")
    valid_to = c.optional(c.day("the last day of this stake"))
    bears_shortfall = c.optional(c.yes_no("the group would bear the whole shortfall (A19)"))

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        return pl.col("valid_to") >= pl.col("valid_from")


class SoloFilings(Traced):
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


class GroupFilings(Traced):
    """The group's published or own statement, 万元: reconciled with what is computed; its capital tiers are used where
    ``group_capital`` is absent.
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


class GroupFilingLines(Traced):
    """The group's published statement line by line, 万元 and ratios as fractions: every line is reconciled."""

    group_id = c.key("the group")
    period_end = c.key_period()
    basis = c.key_choice("quarterly, or annual (audited)", "quarterly", "annual")
    line = c.key_choice("a line of the statement", *LINES)
    amount = c.amount("the line's published amount")


class GroupFinancials(Traced):
    """Consolidated balance sheet and income figures of the group, 万元."""

    group_id = c.key("the group")
    period_end = c.key_period()
    total_assets = c.wanted(c.amount("consolidated total assets"))
    net_assets = c.wanted(c.amount("consolidated net assets"))
    income = c.wanted(c.amount("consolidated income of the period"))


class GroupCapital(Traced):
    """The lines of Annex 10, actual capital of an insurance holding group, one row a line, 万元."""

    group_id = c.key("the group")
    period_end = c.key_period()
    line = c.key_choice("the line number of the sheet, such as 2", *ANNEX_10_CAPITAL_LINES)
    amount = c.amount("the line's amount, signed as on the sheet")


class Guarantees(Traced):
    """Guarantees between companies at a period's end, 万元 (A23)."""

    group_id = c.key("the group")
    guarantee_id = c.key("the guarantee")
    period_end = c.key_period()
    guarantor_id = c.id_of("who guarantees")
    beneficiary_id = c.id_of("for whom")
    balance = c.amount_not_negative("the balance guaranteed")


class InternalTransactions(Traced):
    """Transactions between companies, one row each, 万元 (A24)."""

    group_id = c.key("the group")
    transaction_id = c.key("the transaction")
    from_id = c.id_of("one side")
    to_id = c.id_of("the other side")
    traded_on = c.day("the day of the transaction")
    type = c.text("what it was")
    amount = c.amount_not_negative("its amount")


class Exposures(Traced):
    """Positions, may be hundreds of millions of rows: never read into memory here, only checked for their columns.

    ``counterparty_id`` is the financing body after look-through; the guarantor takes its place where ``in_default``;
    where it is empty the issuer does (A28). Carrying amounts in 万元.
    """

    entity_id = c.id_of("who holds the position")
    period_end = c.period()
    counterparty_id = c.published(c.id_of("the financing body after look-through"))
    asset_class = c.choice("what the position is", *ASSET_CLASSES)
    sector_scheme = c.published(c.choice("whose sectors: Shenwan at home, GICS abroad", "SWS", "GICS"))
    sector = c.published(c.text("level 1 sector"))
    carrying_amount = c.amount_not_negative("认可价值 or carrying amount")
    separate_account = c.optional(c.yes_no("a separate-account asset"))
    guarantor_id = c.optional(c.id_of("the guarantor"))
    in_default = c.optional(c.yes_no("the counterparty has defaulted"))
    issuer_id = c.optional(c.id_of("the issuer of the product held"))


class Counterparties(Traced):
    """Counterparties, issuers and guarantors of the exposures; one that is not here counts as ``other``, with a warning."""

    counterparty_id = c.key("the counterparty")
    manager_id = c.optional(c.id_of("of a group_product: the asset manager whose product it is"))
    name = c.wanted(c.text("its name"))
    counterparty_class = c.named("class", c.choice("what it is", *COUNTERPARTY_CLASSES))


class CustomerIncome(Traced):
    """Income from single customers, any number of rows a customer, 万元; may be negative (returned premiums)."""

    entity_id = c.id_of("the company that earned it")
    period_end = c.period()
    customer_id = c.id_of("the customer")
    amount = c.amount("income of the period from this customer")


class CapitalLinks(Traced):
    """Capital that one company holds of another, 万元: what would count twice in the group (A41)."""

    investor_id = c.key("who holds the instrument")
    issuer_id = c.key("who issued it")
    instrument = c.key_choice("what it is", "equity", "capital_debt")
    period_end = c.key_period()
    counted_by_investor = c.amount_not_negative("what the investor counts in its own actual capital")
    not_counted_by_issuer = c.optional(
        c.amount_not_negative("of a capital debt, what the issuer may not count")
    )
    tier = c.optional(
        c.choice(
            "the issuer's tier of a capital debt; empty: supplementary tier 1",
            *TIERS,
            *(f"{tier}_capital" for tier in TIERS),
        )
    )


class AssetTransfers(Traced):
    """Assets sold between companies above the value they had, 万元 (A43)."""

    transfer_id = c.key("the transfer")
    from_id = c.id_of("the transferor")
    to_id = c.id_of("the transferee")
    period_end = c.period()
    value_at_transferee = c.amount_not_negative("its value in the transferee's actual capital")
    value_at_transferor = c.amount_not_negative("the value it would have in the transferor's")


GROUP_OR_ENTITY_KEY = ("group_id", "entity_id", "period_end")
"""The key of tables about either a group or a company: dataframely's own keys allow no empty cell."""


class GroupOrEntity(Traced):
    """A table whose rows are each about one group or about one company, never both."""

    @dy.rule()
    def entity_id__group_or_entity(cls) -> pl.Expr:
        return pl.col("group_id").is_null() != pl.col("entity_id").is_null()

    @dy.rule()
    def period_end__duplicate_key(cls) -> pl.Expr:
        return pl.struct(GROUP_OR_ENTITY_KEY).is_unique()


class Assessments(GroupOrEntity):
    """Results of the supervisor's SARMRA assessment of a group or of one insurer."""

    group_id = c.optional(c.id_of("the group assessed, or"))
    entity_id = c.optional(c.id_of("the insurer assessed"))
    period_end = c.period("from which period it counts")
    sarmra_score = c.score("the score S")
    capped = c.optional(c.yes_no("the A126 conditions cap it"))


class Ratings(GroupOrEntity):
    """Integrated risk ratings of groups and insurers."""

    group_id = c.optional(c.id_of("the group rated, or"))
    entity_id = c.optional(c.id_of("the insurer rated"))
    period_end = c.period("the period rated")
    integrated_risk_rating = c.choice("风险综合评级", *RATINGS)


class IndustryAverages(Traced):
    """The supervisor's published averages, in percent, as published."""

    kind = c.key("the kind of insurer")
    period_end = c.key_period()
    core_solvency_ratio_pct = c.wanted(c.rate("average core ratio, percent"))
    comprehensive_solvency_ratio_pct = c.wanted(c.rate("average comprehensive ratio, percent"))


class TransitionalMeasures(Traced):
    """Transitional treatment granted to one insurer for one parameter and span of days."""

    entity_id = c.key("the insurer")
    parameter = c.key("what is treated differently")
    valid_from = c.key_day("its first day")
    value = c.rate("the value granted")
    valid_to = c.day("its last day")
    approval = c.text("the supervisor's approval")

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        return pl.col("valid_to") >= pl.col("valid_from")


_KEYS_WITH_EMPTY_CELLS = {
    "group_members": GROUP_MEMBER_KEY,
    "assessments": GROUP_OR_ENTITY_KEY,
    "ratings": GROUP_OR_ENTITY_KEY,
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a filing set: its schema and the columns that say what a fault in a row touches.

    ``group`` and ``period`` name columns, ``entities`` the columns whose first filled cell is the company touched; a row
    that names none of them touches nobody.
    """

    name: str
    schema: type[dy.Schema]
    group: str = ""
    entities: tuple[str, ...] = ()
    period: str = ""

    @property
    def columns(self) -> dict[str, dy.Column]:
        """The columns that a file has, by the name they have there, in order."""
        return {name: column for name, column in self.schema.columns().items() if name not in TRACE}

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that no two rows may share; empty where rows simply add up."""
        return _KEYS_WITH_EMPTY_CELLS.get(self.name) or tuple(self.schema.primary_key())

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return self.schema.create_empty()


TRACE = tuple(Traced.columns())
"""The columns that the intake adds."""

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("groups", Groups, group="group_id"),
        Table("group_members", GroupMembers, group="group_id", entities=("entity_id",)),
        Table("entities", Entities, entities=("entity_id",)),
        Table("ownership", Ownership, entities=("owner_id", "entity_id")),
        Table("solo_filings", SoloFilings, entities=("entity_id",), period="period_end"),
        Table("sector_filings", SectorFilings, entities=("entity_id",), period="period_end"),
        Table("group_filings", GroupFilings, group="group_id", period="period_end"),
        Table("group_filing_lines", GroupFilingLines, group="group_id", period="period_end"),
        Table("group_financials", GroupFinancials, group="group_id", period="period_end"),
        Table("group_capital", GroupCapital, group="group_id", period="period_end"),
        Table("guarantees", Guarantees, group="group_id", period="period_end"),
        Table("internal_transactions", InternalTransactions, group="group_id"),
        Table("exposures", Exposures, entities=("entity_id",), period="period_end"),
        Table("counterparties", Counterparties, entities=("counterparty_id",)),
        Table("customer_income", CustomerIncome, entities=("entity_id",), period="period_end"),
        Table("capital_links", CapitalLinks, entities=("investor_id", "issuer_id"), period="period_end"),
        Table("asset_transfers", AssetTransfers, entities=("to_id", "from_id"), period="period_end"),
        Table("assessments", Assessments, group="group_id", entities=("entity_id",), period="period_end"),
        Table("ratings", Ratings, group="group_id", entities=("entity_id",), period="period_end"),
        Table("industry_averages", IndustryAverages, period="period_end"),
        Table("transitional_measures", TransitionalMeasures, entities=("entity_id",)),
    )
}
"""Every table by name, in the order of the documentation."""

EXPOSURES = "exposures"
SMALL_TABLES = tuple(name for name in TABLES if name != EXPOSURES)
"""The tables that are read into memory."""
