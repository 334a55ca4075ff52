"""What if: each change by itself, computed by hand; the tables are the smallest in which it shows."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from consolidation.rulebook import Rulebook
from monitoring.what_if.outcome import Basis, WhatIfOutcome, what_if
from monitoring.what_if.scenario import MemberChange, Purchase, UnusableWhatIf, WhatIfScenario
from tests.monitoring.what_if.bases import basis, charges

HOLDING = {
    "groups": """
        group_id,name,type,parent_id
        G,Group,insurance_holding,P
        """,
    "entities": """
        entity_id,name,kind
        P,Parent,holding
        L,Life,life
        N,Property,property
        B,Bank,bank
        """,
    "ownership": """
        owner_id,entity_id,valid_from,stake,relation
        P,L,2020-01-01,1,subsidiary
        P,N,2020-01-01,0.8,subsidiary
        X,N,2020-01-01,0.2,
        P,B,2020-01-01,0.6,subsidiary
        X,B,2020-01-01,0.4,
        """,
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        L,life,2023-12-31,annual,800000,400000
        N,property,2023-12-31,annual,300000,150000
        """,
    "group_capital": """
        group_id,period_end,line,amount
        G,2023-12-31,2,1000000
        """,
    "assessments": """
        group_id,entity_id,period_end,sarmra_score,capped
        G,,2023-12-31,80,
        """,
}
MIXED = yaml.load(
    (Path(__file__).parents[2] / "scenarios" / "A39-deduction-method.yaml").read_text("utf-8"),
    yaml.CBaseLoader,
)["tables"]


@pytest.fixture
def holding(tmp_path: Path) -> Basis:
    """Capital 1,000,000 over a requirement of 550,000; the score of 80 costs nothing: 181.8182%."""
    return basis(tmp_path, HOLDING)


@pytest.fixture
def mixed(tmp_path: Path) -> Basis:
    """A 900,000 + B 400,000 + 60% of J's 100,000 − 150,000 stake − 50,000 debt − 15,000 transfer, over 630,000."""
    return basis(tmp_path, MIXED)


def asked(statement: Basis, **changes: object) -> WhatIfOutcome:
    return what_if(statement, WhatIfScenario(**changes), Rulebook.load())  # type: ignore[arg-type]


def after(outcome: WhatIfOutcome, *lines: str) -> tuple[Decimal | None, ...]:
    return tuple(outcome.after.amount(line) for line in lines)


def D(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(a) for a in amounts)


def test_the_old_statement_stands_beside_the_new_one(holding: Basis) -> None:
    outcome = asked(holding, score=Decimal(60))
    assert outcome.before.amount("comprehensive_solvency_ratio") == Decimal("1.818182")
    assert outcome.differs == ()


def test_a_lower_score_costs_control_risk(holding: Basis) -> None:
    lines = ("control_risk_minimum_capital", "minimum_capital", "comprehensive_solvency_ratio")
    assert after(asked(holding, score=Decimal(60)), *lines) == D("82500", "632500", "1.581028")


def test_a_first_score_replaces_the_factor_before_assessments(tmp_path: Path) -> None:
    unassessed = basis(tmp_path, {k: v for k, v in HOLDING.items() if k != "assessments"})
    assert after(asked(unassessed, score=Decimal(95)), "minimum_capital") == D("495000")


def test_a_capped_score_stays_capped(tmp_path: Path) -> None:
    capped = {**HOLDING, "assessments": HOLDING["assessments"].replace("80,", "80,true")}
    assert after(asked(basis(tmp_path, capped), score=Decimal(95)), "minimum_capital") == D("577500")


def test_a_members_capital_counts_by_its_share(holding: Basis, mixed: Basis) -> None:
    lost = asked(holding, members={"L": MemberChange(capital=Decimal(700000))})
    assert after(lost, "actual_capital", "core_tier1_capital") == D("900000", "900000")
    assert after(lost, "comprehensive_solvency_ratio") == D("1.636364")
    won = asked(mixed, members={"J": MemberChange(capital=Decimal(150000))})
    assert after(won, "actual_capital", "core_tier1_capital") == D("1175000", "925000")


def test_a_members_requirement_counts_by_its_share(holding: Basis, mixed: Basis) -> None:
    more = asked(holding, members={"L": MemberChange(requirement=Decimal(500000))})
    assert after(more, "insurance_members_minimum_capital", "minimum_capital") == D("650000", "650000")
    less = asked(mixed, members={"J": MemberChange(requirement=Decimal(0))})
    assert after(less, "minimum_capital") == D("600000")


def test_a_member_that_filed_no_requirement_may_get_one(holding: Basis) -> None:
    outcome = asked(holding, members={"B": MemberChange(requirement=Decimal(50000))})
    assert after(outcome, "bank_members_minimum_capital", "minimum_capital") == D("50000", "600000")


def test_a_requirement_borne_whole_keeps_its_capital_by_share(tmp_path: Path) -> None:
    case = Path(__file__).parents[2] / "scenarios" / "A19-joint-venture-bears-all.yaml"
    bears = basis(tmp_path, yaml.load(case.read_text("utf-8"), yaml.CBaseLoader)["tables"])
    outcome = asked(bears, members={"J": MemberChange(Decimal(300000), Decimal(250000))})
    assert after(outcome, "actual_capital", "minimum_capital") == D("650000", "350000")


def test_selling_takes_the_companys_capital_and_requirement_and_brings_the_price(holding: Basis) -> None:
    outcome = asked(holding, sold={"N": Decimal(320000)})
    assert after(outcome, "actual_capital", "minimum_capital") == D("1020000", "400000")
    assert after(outcome, "comprehensive_solvency_ratio") == D("2.55")


def test_selling_ends_the_eliminations_with_the_company(mixed: Basis) -> None:
    """Sold for what A counted, A has 150,000 of cash for its stake: A's 900,000 and 60,000 of J are left."""
    outcome = asked(mixed, sold={"B": Decimal(150000)})
    lines = ("actual_capital", "core_tier1_capital", "supplementary_tier1_capital", "minimum_capital")
    assert after(outcome, *lines) == D("960000", "760000", "200000", "430000")


def test_buying_for_more_than_the_capital_costs_the_difference(holding: Basis) -> None:
    bought = Purchase("New", "property", Decimal(200000), Decimal(100000), Decimal(250000), Decimal(1))
    outcome = asked(holding, bought=(bought,))
    assert after(outcome, "actual_capital", "minimum_capital") == D("950000", "650000")
    assert after(outcome, "comprehensive_solvency_ratio") == D("1.461538")


def test_a_joint_venture_is_bought_by_its_share(holding: Basis) -> None:
    bought = Purchase("New", "bank", Decimal(200000), Decimal(100000), Decimal(90000), Decimal("0.5"))
    outcome = asked(holding, bought=(bought,))
    assert after(outcome, "actual_capital", "bank_members_minimum_capital") == D("1010000", "50000")


def test_a_counterpartys_default_costs_core_capital_and_its_own_charge(tmp_path: Path) -> None:
    """Worked example 4: of 3,400,000 against A, 400,000 is over the limit; a tenth lost leaves 60,000 over it."""
    day = date(2023, 12, 31)
    exposed = basis(
        tmp_path,
        HOLDING,
        specific=charges(counterparty="56000", sector="175000", customer="50000"),
        concentration=[
            ("G", day, "counterparty", "J", *D("6200000", "5000000", "36000")),
            ("G", day, "counterparty", "A", *D("3400000", "3000000", "20000")),
            ("G", day, "counterparty", "B", *D("2900000", "3000000", "0")),
            ("G", day, "sector", "A", *D("13500000", "10000000", "175000")),
        ],
    )
    assert exposed.lines["concentration_risk_minimum_capital"] == Decimal("236349.317748")
    outcome = asked(exposed, defaults={"A": Decimal("0.1")})
    lines = ("counterparty_concentration_minimum_capital", "core_tier1_capital")
    assert after(outcome, *lines) == D("39000", "660000")
    assert after(outcome, "concentration_risk_minimum_capital") == D("219763.509255")
    gone = asked(exposed, defaults={"A": Decimal(1), "J": Decimal(1), "B": Decimal("0.5")})
    assert after(gone, *lines) == D("0", "-10050000")
    with pytest.raises(UnusableWhatIf, match="no-exposure"):
        asked(exposed, defaults={"Z": Decimal(1)})


def test_a_company_whose_tiers_miss_their_sum_by_a_rounding_takes_its_tiers_along(tmp_path: Path) -> None:
    rounded = MIXED | {"solo_filings": MIXED["solo_filings"].replace("400000,300000,0", "400000,299999.99,")}
    outcome = asked(basis(tmp_path, rounded), sold={"B": Decimal(0)})
    assert outcome.before.amount("supplementary_tier1_capital") == Decimal(250000)
    # B's 100,000 leave, and of its debt the 50,000 that were counted twice come back.
    assert after(outcome, "supplementary_tier1_capital") == D("200000")


def test_capital_put_in_raises_its_tier_and_both_ratios_that_count_it(holding: Basis) -> None:
    core = asked(holding, injection=Decimal(100000))
    assert after(core, "core_solvency_ratio", "comprehensive_solvency_ratio") == D("2", "2")
    debt = asked(holding, injection=Decimal(100000), tier="supplementary_tier1_capital")
    assert after(debt, "core_solvency_ratio", "comprehensive_solvency_ratio") == D("1.818182", "2")


def test_what_a_change_adds_above_a_limit_on_tiers_is_cut(holding: Basis) -> None:
    outcome = asked(holding, injection=Decimal(1100000), tier="supplementary_tier1_capital")
    assert after(outcome, "actual_capital", "supplementary_tier1_capital") == D("2000000", "1000000")
    assert [(e.kind, e.capital) for e in outcome.effects] == [
        ("injection", Decimal(1100000)),
        ("tier-limits", Decimal(-100000)),
    ]
    assert outcome.over_limits == ()


def test_changes_add_up_and_each_says_what_it_does(holding: Basis) -> None:
    outcome = asked(
        holding,
        score=Decimal(60),
        injection=Decimal(10000),
        members={"L": MemberChange(Decimal(750000), Decimal(390000))},
        sold={"N": Decimal(300000)},
    )
    assert after(outcome, "actual_capital", "minimum_capital") == D("960000", "448500")
    assert [(e.kind, e.subject, e.capital, e.requirement) for e in outcome.effects] == [
        ("injection", "", Decimal(10000), Decimal(0)),
        ("capital", "L", Decimal(-50000), Decimal(0)),
        ("requirement", "L", Decimal(0), Decimal(-10000)),
        ("sold", "N", Decimal(0), Decimal(-150000)),
    ]


def test_what_a_group_cannot_do_is_refused_by_name(holding: Basis) -> None:
    refused: dict[str, dict[str, object]] = {
        "not-a-member": {"members": {"Z": MemberChange(Decimal(1))}},
        "parent-not-for-sale": {"sold": {"P": Decimal(1)}},
        "capital-unknown": {"sold": {"B": Decimal(1)}},
        "score-out-of-range": {"score": Decimal("100.01")},
        "already-a-member": {"bought": (Purchase("L", "life", *D("1", "1", "1", "1")),)},
    }
    twice = Purchase("New", "life", *D("1", "1", "1", "1"))
    with pytest.raises(UnusableWhatIf, match="already-a-member"):
        asked(holding, bought=(twice, twice))
    for code, changes in refused.items():
        with pytest.raises(UnusableWhatIf) as caught:
            asked(holding, **changes)
        assert caught.value.code == code


def test_without_capital_there_is_still_no_ratio(tmp_path: Path) -> None:
    poor = basis(tmp_path, {k: v for k, v in HOLDING.items() if k != "group_capital"})
    outcome = asked(poor, injection=Decimal(5), score=Decimal(60))
    assert after(outcome, "actual_capital", "comprehensive_solvency_ratio", "minimum_capital") == (
        None,
        None,
        Decimal(632500),
    )
