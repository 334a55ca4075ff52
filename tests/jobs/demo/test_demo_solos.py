"""Every filing of the demo adds up, computed here from the articles alone; those planted not to do not."""

from decimal import Decimal

import pytest

from tests.jobs.demo.conftest import amount, read

CENT = Decimal("0.01")
MATRIX = {
    "property": ("1 .1 .15", ".1 1 .27", ".15 .27 1"),
    "life": ("1 .2 .3 .15", ".2 1 .1 .1", ".3 .1 1 .35", ".15 .1 .35 1"),
    "reinsurance": ("1 .1 .3 .15", ".1 1 .1 .15", ".3 .1 1 .27", ".15 .15 .27 1"),
}
SMALL_AND_MIDDLE = {
    "life": (5_000_000, 50_000_000),
    "property": (1_000_000, 20_000_000),
    "reinsurance": (1_000_000, 20_000_000),
}
TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
RISKS = ("life_insurance_risk", "non_life_insurance_risk", "market_risk", "credit_risk")

PLANTED = {
    ("不周财险", "2025-06-30"): {
        "minimum_capital",
        "core_surplus",
        "comprehensive_surplus",
        "core_solvency_ratio",
        "comprehensive_solvency_ratio",
    },
    ("燧人火险", "2023-12-31"): {"core_solvency_ratio", "comprehensive_solvency_ratio"},
}


def recomputed(row: dict[str, str]) -> dict[str, Decimal]:
    """The identities of Rule 2 A15–A18, the 2023 notice and A12, on one filing; ratios only where they exist."""
    risks = RISKS[1:] if row["kind"] == "property" else RISKS
    v = [amount(row, f"{risk}_minimum_capital") for risk in risks]
    m = [[Decimal(cell) for cell in line.split()] for line in MATRIX[row["kind"]]]
    root = sum(v[i] * m[i][j] * v[j] for i in range(len(v)) for j in range(len(v))).sqrt()
    small, middle = SMALL_AND_MIDDLE[row["kind"]]
    assets = amount(row, "total_assets")
    k = Decimal("-0.10") if assets < small else Decimal("-0.05") if assets < middle else Decimal(0)
    if row["period_end"] < "2023-07-01":
        k = Decimal(0)
    core = amount(row, "core_tier1_capital") + amount(row, "core_tier2_capital")
    required = amount(row, "minimum_capital")
    found = {
        "diversification_effect": sum(v) - root,
        "quantifiable_risk_minimum_capital": (root - amount(row, "loss_absorption_effect")) * (1 + k),
        "minimum_capital": amount(row, "quantifiable_risk_minimum_capital")
        + amount(row, "control_risk_minimum_capital")
        + amount(row, "add_on_capital"),
        "actual_capital": amount(row, "admitted_assets") - amount(row, "admitted_liabilities"),
        "core_surplus": core - required,  # as insurers publish it: less the whole requirement
        "comprehensive_surplus": amount(row, "actual_capital") - required,
    }
    if required:
        found |= {
            "core_solvency_ratio": core / required,
            "comprehensive_solvency_ratio": amount(row, "actual_capital") / required,
        }
    return found


def differing(row: dict[str, str]) -> set[str]:
    return {item for item, value in recomputed(row).items() if abs(amount(row, item) - value) > CENT}


@pytest.mark.parametrize("which", ["filings", "refiled"])
def test_every_filing_adds_up_but_the_planted_ones(demo, which):
    found = {}
    rows = [row for row in read(getattr(demo, which) / "solo_filings.csv") if row["rules"] == "c_ross"]
    for row in rows:
        if (row["entity_id"], row["period_end"]) != ("蓬莱财险", "2023-06-30") and (items := differing(row)):
            found[row["entity_id"], row["period_end"]] = items
    assert len(rows) > 750
    assert found == {key: found.get(key) for key in PLANTED}
    assert all({"minimum_capital"} <= found[k] or PLANTED[k] == found[k] for k in PLANTED)


def test_swapped_digits_show_in_the_total_and_all_that_hangs_on_it(table):
    row = next(
        r for r in table("solo_filings") if (r["entity_id"], r["period_end"]) == ("不周财险", "2025-06-30")
    )
    assert differing(row) == {
        "minimum_capital",
        "core_surplus",
        "comprehensive_surplus",
        "core_solvency_ratio",
        "comprehensive_solvency_ratio",
    }


def test_audited_ratios_beside_unaudited_amounts_show_in_the_ratios_only(table):
    row = next(
        r for r in table("solo_filings") if (r["entity_id"], r["period_end"]) == ("燧人火险", "2023-12-31")
    )
    assert differing(row) == {"core_solvency_ratio", "comprehensive_solvency_ratio"}


def test_the_tiers_are_all_of_actual_capital_in_every_filing(table):
    assert [
        r
        for r in table("solo_filings")
        if sum(amount(r, tier) for tier in TIERS) != amount(r, "actual_capital")
    ] == []


def test_control_risk_follows_the_score(table):
    """Q(S) of Rule 12: 84.1 gives −0.0205, 72.4 gives 0.038, 64.5 gives 0.105."""
    scores = {r["entity_id"]: r["sarmra_score"] for r in table("assessments") if r["entity_id"]}
    for entity, score, q in (
        ("青丘人寿", "84.1", "-0.0205"),
        ("瀛洲人寿", "72.4", "0.038"),
        ("大荒人寿", "64.5", "0.105"),
    ):
        assert scores[entity] == score
        rows = [r for r in table("solo_filings") if r["entity_id"] == entity]
        assert rows
        assert all(
            abs(
                amount(r, "control_risk_minimum_capital")
                - Decimal(q) * amount(r, "quantifiable_risk_minimum_capital")
            )
            <= CENT
            for r in rows
        )


def test_one_company_bears_an_add_on_for_its_importance_a_hundredth_of_its_quantifiable(table):
    rows = [r for r in table("solo_filings") if r["add_on_capital"]]
    assert {r["entity_id"] for r in rows} == {"稷下人寿"}
    assert all(
        abs(amount(r, "add_on_capital") - amount(r, "quantifiable_risk_minimum_capital") / 100) <= CENT
        for r in rows
    )
    assert len(rows) == 17  # sixteen quarters, the last one filed twice


def test_a_company_without_requirement_files_no_ratio(table):
    rows = [r for r in table("solo_filings") if amount(r, "minimum_capital") == 0]
    assert [(r["entity_id"], r["period_end"], r["comprehensive_solvency_ratio"]) for r in rows] == [
        ("烛龙科技险", "2025-06-30", ""),
        ("烛龙科技险", "2025-09-30", ""),
    ]


def test_ratios_are_those_of_real_companies_except_the_new_ones(table):
    new = {"凤麟人寿", "烛龙科技险"}
    ratios = [
        amount(r, "comprehensive_solvency_ratio") for r in table("solo_filings") if r["entity_id"] not in new
    ]
    assert Decimal("0.7") < min(ratios)
    assert max(ratios) < 7
