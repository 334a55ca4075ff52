"""The re-computation of solo filings, held against the formulas of Rule 2 written out once more by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.rulebook import Rulebook
from consolidation.solo.recompute import ITEMS, recompute
from tests.build import filing, read, solo, write_set

BOOK = Rulebook.load()
D = Decimal
Q2, Q3 = date(2023, 6, 30), date(2023, 9, 30)
LIFE, NON_LIFE, MARKET, CREDIT = (
    f"{risk}_risk_minimum_capital" for risk in ("life_insurance", "non_life_insurance", "market", "credit")
)
# Rule 2 A16–A18: the pairs of risks with their correlation; every risk goes with itself by one.
CORRELATIONS = {
    "property": {(NON_LIFE, MARKET): "0.1", (NON_LIFE, CREDIT): "0.15", (MARKET, CREDIT): "0.27"},
    "life": {
        (LIFE, NON_LIFE): "0.20",
        (LIFE, MARKET): "0.30",
        (LIFE, CREDIT): "0.15",
        (NON_LIFE, MARKET): "0.1",
        (NON_LIFE, CREDIT): "0.1",
        (MARKET, CREDIT): "0.35",
    },
    "reinsurance": {
        (LIFE, NON_LIFE): "0.10",
        (LIFE, MARKET): "0.30",
        (LIFE, CREDIT): "0.15",
        (NON_LIFE, MARKET): "0.1",
        (NON_LIFE, CREDIT): "0.15",
        (MARKET, CREDIT): "0.27",
    },
}
# 金规〔2023〕5号 一, in 万元: below the first 90%, below the second 95%.
SIZES = {
    "property": (1_000_000, 20_000_000),
    "reinsurance": (1_000_000, 20_000_000),
    "life": (5_000_000, 50_000_000),
}
NO_SCORES = pl.DataFrame(
    schema={"entity_id": pl.String, "period_end": pl.Date, "sarmra_score": pl.Decimal(38, 12)}
)


def again(
    *filings: dict[str, Any], scores: pl.DataFrame = NO_SCORES, book: Rulebook = BOOK
) -> dict[str, dict[str, Any]]:
    """Item → filed, recomputed, within_tolerance …, of one filing."""
    found = recompute(solo(*filings), scores, book)
    return {row["item"]: row for row in found.iter_rows(named=True)}


def root(kind: str, risks: dict[str, Decimal]) -> Decimal:
    with localcontext(prec=60):
        pairs = sum(2 * D(r) * risks[a] * risks[b] for (a, b), r in CORRELATIONS[kind].items())
        own = {risk for pair in CORRELATIONS[kind] for risk in pair}
        return (pairs + sum(risks[risk] ** 2 for risk in own)).sqrt()


def insurer(kind: str = "life", day: date = Q3, **given: Any) -> dict[str, Any]:
    """A filing of which every risk is 100 and that holds 500 against a requirement of 200."""
    risks = dict.fromkeys((LIFE, NON_LIFE, MARKET, CREDIT), 100)
    return filing("甲", day, 500, 200, kind=kind, **{**risks, "loss_absorption_effect": 0, **given})


money = st.integers(0, 10**12).map(lambda n: D(n).scaleb(-3))


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(CORRELATIONS)),
    day=st.sampled_from([Q2, Q3]),
    risks=st.fixed_dictionaries(dict.fromkeys((LIFE, NON_LIFE, MARKET, CREDIT), money)),
    absorbed=money,
    assets=st.integers(1, 10**8),
)
def test_the_requirement_is_that_of_the_formula(
    kind: str, day: date, risks: dict[str, Decimal], absorbed: Decimal, assets: int
) -> None:
    found = again(insurer(kind, day, **{**risks, "loss_absorption_effect": absorbed, "total_assets": assets}))
    small, medium = SIZES[kind]
    size = D("0.9") if assets < small else D("0.95") if assets < medium else D(1)
    size = size if day == Q3 else D(1)
    together = root(kind, risks)
    in_vector = {risk for pair in CORRELATIONS[kind] for risk in pair}
    expected = {
        "diversification_effect": sum(risks[r] for r in in_vector) - together,
        "size_coefficient": size,
        "quantifiable_risk_minimum_capital": (together - absorbed) * size,
    }
    scale = float(max(*risks.values(), absorbed, 1))
    for item, value in expected.items():
        assert found[item]["recomputed"] == pytest.approx(float(value), abs=1e-9 * scale), item


@pytest.mark.parametrize(("kind", "edges"), list(SIZES.items()))
def test_a_company_exactly_on_a_size_line_is_of_the_larger_class(kind: str, edges: Sequence[int]) -> None:
    for edge, below, on in zip(edges, (0.9, 0.95), (0.95, 1.0), strict=True):
        sizes = [
            again(insurer(kind, total_assets=D(edge) - gap))["size_coefficient"]["recomputed"]
            for gap in (D("0.000001"), D(0))
        ]
        assert sizes == [below, on]


def test_a_company_without_total_assets_is_sized_by_its_admitted_assets() -> None:
    assert again(insurer(admitted_assets=1))["size_coefficient"]["recomputed"] == 0.9
    assert again(insurer())["size_coefficient"]["recomputed"] is None


@pytest.mark.parametrize(("kind", "known"), [("life", False), ("property", True), ("reinsurance", True)])
def test_a_blank_loss_absorption_is_none_but_for_life_business(kind: str, known: bool) -> None:
    found = again(insurer(kind, loss_absorption_effect=None, total_assets=1))
    assert (found["quantifiable_risk_minimum_capital"]["recomputed"] is not None) == known


@pytest.mark.parametrize(
    ("filed", "agrees"),
    [("299", True), ("298.999", False), ("301", True), ("301.001", False)],
)
def test_a_difference_counts_on_both_sides(filed: str, agrees: bool) -> None:
    found = again(insurer(actual_capital=filed, admitted_assets=500, admitted_liabilities=200))
    assert found["actual_capital"]["within_tolerance"] == agrees


def test_a_large_amount_may_differ_by_a_thousandth() -> None:
    for filed, agrees in (("1000000", True), ("998000", False)):
        found = again(insurer(actual_capital=filed, admitted_assets=1_000_999, admitted_liabilities=0))
        assert found["actual_capital"]["within_tolerance"] == agrees


def test_the_requirement_is_its_parts_and_a_blank_control_risk_is_none() -> None:
    parts = {"quantifiable_risk_minimum_capital": 200, "control_risk_minimum_capital": -3}
    assert again(insurer(**parts))["minimum_capital"]["recomputed"] == 197
    parts["control_risk_minimum_capital"] = None  # type: ignore[assignment]
    assert again(insurer(**parts))["minimum_capital"]["recomputed"] == 200


@pytest.mark.parametrize(("control", "minimum"), [(-3, 247), (None, 250)])
def test_an_add_on_is_a_part_of_the_requirement(control: int | None, minimum: int) -> None:
    parts = {"quantifiable_risk_minimum_capital": 200, "control_risk_minimum_capital": control}
    found = again(insurer(**parts, add_on_capital=50, minimum_capital=minimum))["minimum_capital"]
    assert (found["recomputed"], found["within_tolerance"]) == (minimum, True)


def test_a_filing_adds_up_as_it_stands_in_a_set(tmp_path: Path) -> None:
    """1,050 = 1,000 + an add-on of 50; without the add-on's column the same filing does not add up."""
    with_add_on = {
        "solo_filings": (
            "entity_id,period_end,basis,kind,actual_capital,core_tier1_capital,minimum_capital,"
            "quantifiable_risk_minimum_capital,control_risk_minimum_capital,add_on_capital\n"
            "A,2023-06-30,quarterly,life,3000,3000,1050,1000,0,50\n"
        )
    }
    without = {
        "solo_filings": with_add_on["solo_filings"].replace(",add_on_capital", "").replace(",50\n", "\n")
    }
    for tables, agrees in ((with_add_on, True), (without, False)):
        filed = read(write_set(tmp_path / str(agrees), tables)).tables["solo_filings"]
        found = recompute(filed, NO_SCORES, BOOK).filter(pl.col("item") == "minimum_capital")
        assert found["within_tolerance"].to_list() == [agrees]


@pytest.mark.parametrize(("score", "control"), [("50", 50), ("70", 10), ("82.34", -2.34), ("95", -20)])
def test_the_control_risk_of_a_known_score_follows_the_scale(score: str, control: float) -> None:
    scores = pl.DataFrame([("甲", Q3, D(score))], schema=NO_SCORES.schema, orient="row")
    found = again(insurer(quantifiable_risk_minimum_capital=200), scores=scores)
    assert found["control_risk_minimum_capital"]["recomputed"] == pytest.approx(control)


def test_surpluses_and_ratios_take_the_whole_requirement_off() -> None:
    found = again(insurer(core_tier1_capital=250, core_tier2_capital=50, supplementary_tier1_capital=200))
    assert {
        item: found[item]["recomputed"]
        for item in ITEMS
        if item.endswith(("surplus", "solvency_ratio", "tiers"))
    } == {
        "sum_of_tiers": 500,
        "core_surplus": 100,
        "comprehensive_surplus": 300,
        "core_solvency_ratio": 1.5,
        "comprehensive_solvency_ratio": 2.5,
    }


def test_what_share_of_the_requirement_a_core_surplus_leaves_is_the_rulebooks() -> None:
    half = BOOK.overlay({"solo.core_surplus_share": D("0.5")})
    assert again(insurer(core_tier1_capital=250), book=half)["core_surplus"]["recomputed"] == 150


@pytest.mark.parametrize("required", [0, -1])
def test_a_requirement_that_is_not_positive_gives_no_ratio(required: int) -> None:
    found = again(insurer(minimum_capital=required))
    assert found["core_solvency_ratio"]["recomputed"] is None
    assert found["comprehensive_solvency_ratio"]["recomputed"] is None


def test_the_article_is_that_of_the_rule_in_force_for_the_period() -> None:
    for day, articles in (
        (Q2, ("Rule 2 A15", "Rule 2 A15")),
        (Q3, ("金规〔2023〕5号 一(一)", "Rule 2 A15; 金规〔2023〕5号 一(一)")),
    ):
        found = again(insurer("property", day))
        sized = ("size_coefficient", "quantifiable_risk_minimum_capital")
        assert tuple(found[item]["article"] for item in sized) == articles


def test_no_difference_is_not_written_with_a_sign() -> None:
    found = recompute(
        solo(insurer(actual_capital="0.8", core_tier1_capital="0.7", core_tier2_capital="0.1")),
        NO_SCORES,
        Rulebook.load(),
    )
    assert "-0.000000" not in found.write_csv(float_precision=6)
