"""Re-computation of every solo filing: a check, never a replacement (Rule 2 A15–A18; 金规〔2023〕5号 一).

What an insurer filed is held against what its own parts give: diversification, the size coefficient, the requirement,
actual capital, surpluses and ratios. Being a check with a tolerance it counts in floats, a column at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.findings import Finding, warning
from consolidation.minimum_capital import control_risk
from consolidation.results.schemas import Recomputations
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from consolidation.structure.membership import INSURERS

_ARTICLES = {
    "diversification_effect": "Rule 2 A15–A18",
    "size_coefficient": "",
    "quantifiable_risk_minimum_capital": "Rule 2 A15",
    "control_risk_minimum_capital": "Rule 12 A120; Notice 2021-52 一(十一)",
    "minimum_capital": "Rule 2 A5",
    "actual_capital": "Rule 1 A2",
    "sum_of_tiers": "Rule 1 A2",
    "core_surplus": "Regulation 2021 A8",
    "comprehensive_surplus": "Regulation 2021 A8",
    "core_solvency_ratio": "Regulation 2021 A6, A8",
    "comprehensive_solvency_ratio": "Regulation 2021 A6, A8",
}
ITEMS = tuple(_ARTICLES)
_BY_SIZE = ("size_coefficient", "quantifiable_risk_minimum_capital")
"""The items that rest on the size coefficient, whose article is that of the rulebook's entry in force."""
_RATIOS = ("size_coefficient", "core_solvency_ratio", "comprehensive_solvency_ratio")
_BESIDE = ("control_risk_minimum_capital", "add_on_capital")
"""The parts of minimum capital beside the quantifiable one (Rule 2 A5(二), (三)); where a filing gives none there is none."""
_MINOR = ("core_tier2_capital", "supplementary_tier1_capital", "supplementary_tier2_capital")


def recompute(
    filings: dy.DataFrame[SoloFilings], scores: pl.DataFrame, rulebook: Rulebook
) -> dy.DataFrame[Recomputations]:
    """Every item of every filing, filed beside recomputed.

    Filings from before the rules are left out (:func:`before_the_rules`).

    :param filings: the ``solo_filings`` table.
    :param scores: entity_id, period_end, sarmra_score of insurers (may be empty): the latest at or before a filing's
        period counts (Notice 2021-52 一(十一)); a null score is one that cannot be known.
    :returns: a frame of :class:`~consolidation.results.schemas.Recomputations`, one row a filing and item.
    """
    known = filings.filter(pl.col("kind").is_in(INSURERS))
    numbers = control_risk.latest(
        known.with_columns(pl.selectors.decimal().cast(pl.Float64)),
        scores.select("entity_id", "period_end", pl.col("sarmra_score").cast(pl.Float64)),
        control_risk.INSURER,
    )
    parts = [
        _of_one_kind(rows, str(kind), rulebook.on(day))
        for (kind, day), rows in numbers.group_by("kind", "period_end")
        if isinstance(day, date) and _has_rules(rulebook.on(day))
    ]
    if not parts:
        return Recomputations.without_rows()
    wide = pl.concat(parts)
    law = rulebook.on(max(wide["period_end"].to_list()))
    keys = ["entity_id", "period_end", "basis"]
    long = pl.concat(
        [
            wide.select(
                *keys,
                pl.lit(item).alias("item"),
                filed=f"filed:{item}",
                recomputed=f"re:{item}",
                tolerance=_tolerance(item, law),
                article=_article(item),
            )
            for item in ITEMS
        ]
    )
    order = pl.Enum(ITEMS)
    return Recomputations.typed(
        long.with_columns(difference=pl.col("recomputed") - pl.col("filed"))
        .with_columns(
            within_tolerance=pl.col("difference").abs() <= pl.col("tolerance"),
            # At the six places that are written, nothing is 0.000000 and never −0.000000.
            difference=pl.when(pl.col("difference").round(6) == 0).then(0.0).otherwise("difference"),
        )
        .sort(*keys, pl.col("item").cast(order))
        .select(Recomputations.column_names())
    )


def _has_rules(law: RulesInForce) -> bool:
    """Whether the rules of C-ROSS Phase II were in force."""
    try:
        law.entry("solo.core_surplus_share")
    except NotInForce:
        return False
    return True


def before_the_rules(filings: dy.DataFrame[SoloFilings], rulebook: Rulebook) -> list[Finding]:
    """Insurers' filings for periods in which the rules were not in force: they stand, but nothing is held against them."""
    known = filings.filter(pl.col("kind").is_in(INSURERS))
    days = [day for day in known["period_end"].unique().sort().to_list() if not _has_rules(rulebook.on(day))]
    return [
        warning(
            "filing-before-rules",
            table="solo_filings",
            file=file,
            row=row,
            column="period_end",
            value=day.isoformat(),
            expected="a period for which Rule 2 is in the rulebook",
            entity_id=entity,
            period_end=day,
            article="Rule 2 A15",
        )
        for entity, day, file, row in known.filter(pl.col("period_end").is_in(days))
        .sort("entity_id", "period_end", "source_file", "source_row")
        .select("entity_id", "period_end", "source_file", "source_row")
        .iter_rows()
    ]


def _article(item: str) -> pl.Expr:
    """Where the law says how the item is made, each article once."""
    own = _ARTICLES[item]
    if item not in _BY_SIZE:
        return pl.lit(own)
    by_size = pl.col("size_article")
    both = pl.concat_str(pl.lit(f"{own}; "), by_size) if own else by_size
    return pl.when(by_size == own).then(pl.lit(own)).otherwise(both)


def _tolerance(item: str, law: RulesInForce) -> pl.Expr:
    if item in _RATIOS:
        return pl.lit(float(law.number("solo.tolerance_ratio")))
    return pl.max_horizontal(
        pl.lit(float(law.number("solo.tolerance_absolute"))),
        pl.col(f"filed:{item}").abs() * float(law.number("solo.tolerance_relative")),
    )


def diversified(columns: Sequence[str], correlation: Sequence[Sequence[Decimal]]) -> pl.Expr:
    """√(v M vᵀ) over the columns of v (Rule 2 A15); null where a part is, or under a negative, which no filing should give."""
    terms = [
        pl.col(a) * pl.col(b) * float(correlation[i][j])
        for i, a in enumerate(columns)
        for j, b in enumerate(columns)
    ]
    square = pl.sum_horizontal(terms, ignore_nulls=False)
    return pl.when(square >= 0).then(square.sqrt())


def _of_one_kind(rows: pl.DataFrame, kind: str, law: RulesInForce) -> pl.DataFrame:
    """One kind of insurer at one date: the filed and recomputed value of every item, side by side."""
    columns = list(law.value(f"solo.risk_vector.{kind}"))
    root = diversified(columns, law.value(f"solo.correlation.{kind}"))
    # Property insurers and reinsurers often leave the loss absorption cell empty: it exists for life business only.
    absorbed = (
        pl.col("loss_absorption_effect")
        if kind == "life"
        else pl.col("loss_absorption_effect").fill_null(0.0)
    )
    core = pl.col("core_tier1_capital") + pl.col("core_tier2_capital").fill_null(0.0)
    core_share = float(law.number("solo.core_surplus_share"))
    total_limit = float(law.number("solvency.comprehensive_minimum_ratio"))
    required = pl.when(pl.col("minimum_capital") > 0).then(pl.col("minimum_capital"))
    sized = rows.with_columns(
        root.alias("root"), absorbed.alias("absorbed"), _size_coefficient(kind, law).alias("coefficient")
    )
    before_size = pl.col("root") - pl.col("absorbed")
    filed = {item: pl.col(item) for item in ITEMS if item in rows.columns}
    filed["size_coefficient"] = pl.when(before_size > 0).then(
        pl.col("quantifiable_risk_minimum_capital") / before_size
    )
    filed["sum_of_tiers"] = pl.col("actual_capital")
    again = {
        "diversification_effect": pl.sum_horizontal(columns, ignore_nulls=False) - pl.col("root"),
        "size_coefficient": pl.col("coefficient"),
        "quantifiable_risk_minimum_capital": before_size * pl.col("coefficient"),
        "control_risk_minimum_capital": _control_factor(law) * pl.col("quantifiable_risk_minimum_capital"),
        "minimum_capital": pl.col("quantifiable_risk_minimum_capital") + pl.sum_horizontal(_BESIDE),
        "actual_capital": pl.col("admitted_assets") - pl.col("admitted_liabilities"),
        "sum_of_tiers": pl.col("core_tier1_capital") + pl.sum_horizontal(_MINOR),
        "core_surplus": core - core_share * pl.col("minimum_capital"),
        "comprehensive_surplus": pl.col("actual_capital") - total_limit * pl.col("minimum_capital"),
        "core_solvency_ratio": core / required,
        "comprehensive_solvency_ratio": pl.col("actual_capital") / required,
    }
    return sized.select(
        "entity_id",
        "period_end",
        "basis",
        pl.lit(law.entry(f"solo.size_coefficient.{kind}").article).alias("size_article"),
        *(e.alias(f"filed:{i}") for i, e in filed.items()),
        *(e.alias(f"re:{i}") for i, e in again.items()),
    )


def _size_coefficient(kind: str, law: RulesInForce) -> pl.Expr:
    """1 + k_size by total assets; where a filing gives none, by admitted assets, which come close to them."""
    bands = law.value(f"solo.size_coefficient.{kind}")
    otherwise = pl.lit(1.0 + float(law.number("solo.size_coefficient_otherwise")))
    if not bands:
        return otherwise
    assets = pl.coalesce("total_assets", "admitted_assets")
    chosen = otherwise
    for band in reversed(bands):
        chosen = pl.when(assets < float(band["below"])).then(pl.lit(1.0 + float(band["k"]))).otherwise(chosen)
    return pl.when(assets.is_not_null()).then(chosen)


def _control_factor(law: RulesInForce) -> pl.Expr:
    """Q(S) as an expression over ``sarmra_score``; null where the score is not known."""
    score = pl.col("sarmra_score")
    factor = pl.lit(None, pl.Float64)
    for segment in reversed(law.value("control_risk.segments")):
        on_it = score * float(segment["slope"]) + float(segment["intercept"])
        factor = pl.when(score <= float(segment["up_to"])).then(on_it).otherwise(factor)
    return factor
