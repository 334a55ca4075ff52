"""A what-if in which nothing is changed is the statement, to the last digit, whatever the group looks like."""

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.rulebook import Rulebook
from monitoring.what_if.outcome import what_if
from monitoring.what_if.scenario import MemberChange, WhatIfScenario
from tests.monitoring.what_if.bases import bases, basis, charges

CASES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
places6 = st.decimals(-(10**6), 10**9, places=6, allow_nan=False, allow_infinity=False)
charge = st.decimals(0, 10**7, places=6, allow_nan=False, allow_infinity=False)
requirement = st.decimals(1, 10**9, places=6, allow_nan=False, allow_infinity=False)
stake = st.decimals("0.000000000001", 1, places=12, allow_nan=False, allow_infinity=False)
score = st.one_of(st.none(), st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_every_case_of_the_law_stays_as_it_is(case: Path, tmp_path: Path) -> None:
    tables = yaml.load(case.read_text("utf-8"), yaml.CBaseLoader)["tables"]
    for statement in bases(tmp_path, tables):
        outcome = what_if(statement, WhatIfScenario(), Rulebook.load())
        for name, amount in statement.lines.items():
            assert outcome.after.amount(name) == outcome.before.amount(name) == amount, name
            assert outcome.after.lines[name].status == statement.statuses[name], name
        assert (outcome.differs, outcome.effects) == ((), ())


@settings(deadline=None, max_examples=25)
@given(
    group_type=st.sampled_from(["insurance_holding", "non_insurance_holding", "mixed"]),
    own=st.lists(st.tuples(places6, requirement, stake), min_size=1, max_size=4),
    weighted=st.tuples(requirement, stake),
    score=score,
    four=st.tuples(charge, charge, charge, charge),
    equity=charge,
)
def test_any_group_stays_as_it_is(group_type, own, weighted, score, four, equity) -> None:
    companies = range(len(own))
    tables = {
        "groups": f"group_id,name,type,parent_id\nG,Group,{group_type},\n",
        "entities": "entity_id,name,kind\nB,Bank,bank\nX,Out,other\n"
        + "".join(f"C{n},C,life\n" for n in companies),
        "group_members": "group_id,entity_id,relation\nG,B,subsidiary\n"
        + "".join(f"G,C{n},{'joint_venture' if n % 2 else 'subsidiary'}\n" for n in companies),
        "ownership": "owner_id,entity_id,valid_from,stake,relation\n"
        + "".join(
            f"C{n - 1},C{n},2020-01-01,{own[n][2]:f},joint_venture\nX,C{n},2020-01-01,{1 - own[n][2]:f},\n"
            for n in companies
            if n % 2
        ),
        "solo_filings": "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\n"
        + "".join(f"C{n},life,2023-12-31,annual,{k:f},{k:f},{r:f}\n" for n, (k, r, _) in enumerate(own)),
        "sector_filings": "entity_id,period_end,measure,amount,required_ratio,actual_capital\n"
        f"B,2023-12-31,risk_weighted_assets,{weighted[0]:f},{weighted[1]:f},{weighted[0]:f}\n",
        "group_capital": "group_id,period_end,line,amount\nG,2023-12-31,2,5000000.123456\n",
        "capital_links": "investor_id,issuer_id,instrument,period_end,counted_by_investor\n"
        f"C0,B,equity,2023-12-31,{equity:f}\n",
    }
    if score is not None:
        tables["assessments"] = f"group_id,entity_id,period_end,sarmra_score\nG,,2023-12-31,{score:f}\n"
    names = ("contagion", "counterparty", "sector", "customer")
    with tempfile.TemporaryDirectory() as folder:
        statement = basis(
            Path(folder), tables, specific=charges(**{n: f"{c:f}" for n, c in zip(names, four, strict=True)})
        )
    outcome = what_if(statement, WhatIfScenario(), Rulebook.load())
    assert {n: outcome.after.amount(n) for n in statement.lines} == dict(statement.lines)
    as_filed = {entity: MemberChange(m.actual_capital, m.required) for entity, m in statement.members.items()}
    again = what_if(statement, WhatIfScenario(members=as_filed), Rulebook.load())
    assert {n: again.after.amount(n) for n in statement.lines} == dict(statement.lines)


def test_a_change_and_its_opposite_leave_the_statement_as_it_was(tmp_path: Path) -> None:
    (case,) = (c for c in CASES if c.stem == "A39-deduction-method")
    statement = basis(tmp_path, yaml.load(case.read_text("utf-8"), yaml.CBaseLoader)["tables"])
    gain = MemberChange(capital=statement.members["J"].actual_capital + Decimal(100))
    outcome = what_if(statement, WhatIfScenario(members={"J": gain}, injection=Decimal(-60)), Rulebook.load())
    assert {n: outcome.after.amount(n) for n in statement.lines} == dict(statement.lines)
