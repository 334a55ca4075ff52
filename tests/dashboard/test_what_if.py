"""What if on screen: new beside old at once, everything in the address, always under its word, and never a filing."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from consolidation.rulebook import Rulebook
from dashboard.components import formatting
from dashboard.pages.what_if.changes import _as_text
from dashboard.queries import groups
from dashboard.queries.scenario import what_if as reading
from monitoring.access import audit
from monitoring.access.accounts import Role
from monitoring.store.runs import list_runs
from monitoring.store.store import Store
from monitoring.what_if.outcome import WhatIfOutcome, capital_to_reach, what_if
from monitoring.what_if.scenario import MemberChange, WhatIfScenario, read_scenario
from tests.build import write_set
from tests.dashboard.conftest import Opened, consolidated, session_of, text_of, token_of
from tests.dashboard.own_sets import COMPANY, tables
from tests.dashboard.own_sets import GROUP as OWN_GROUP
from tests.dashboard.test_pages import links

GROUP, DAY = "云梦系", date(2025, 12, 31)
WHERE = {"group": GROUP, "period": DAY.isoformat()}


def to_reach(store: Store, target: Decimal) -> Decimal | None:
    basis = reading.basis(session_of(store, Role.SUPERVISOR), GROUP, DAY)
    return capital_to_reach(basis, WhatIfScenario(), Rulebook.load(), "comprehensive", target)


def opened(store: Store, page: Opened, scenario: str = "", **parameters: str) -> AppTest:
    given = {**WHERE, **({"scenario": scenario} if scenario else {}), **parameters}
    at = page(store, token_of(store, Role.SUPERVISOR), "what-if", **given)
    assert not at.exception
    return at


def asked(store: Store, scenario: WhatIfScenario) -> WhatIfOutcome:
    return what_if(reading.basis(session_of(store, Role.SUPERVISOR), GROUP, DAY), scenario, Rulebook.load())


def scenario_of(at: AppTest) -> WhatIfScenario:
    return read_scenario(unquote("".join(at.query_params.get("scenario", ""))))


def head(at: AppTest) -> str:
    return text_of(at).split('class="r19-figures"')[1].split("</h2>")[0]


def test_the_stored_statements_come_out_as_they_are(demo_store: Store) -> None:
    """Every statement of the demo, put together anew, line by line."""
    session = session_of(demo_store, Role.SUPERVISOR)
    from dashboard.queries import groups

    for group in groups.groups(session)["group_id"]:
        for day in groups.periods(session, group):
            basis = reading.basis(session, group, day)
            outcome = what_if(basis, WhatIfScenario(), Rulebook.load())
            assert outcome.differs == (), (group, day)
            assert {n: outcome.after.amount(n) for n in basis.lines} == dict(basis.lines), (group, day)


def test_an_officer_who_sells_anothers_company_in_the_address_is_not_told_its_name(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.OFFICER, "青丘集团")
    at = page(demo_store, token, "what-if", group="青丘集团", scenario='{"sold":{"云梦人寿":"1"}}')
    assert not at.exception
    text = text_of(at)
    assert "云梦人寿不是本集团本期的成员" in text
    assert "云梦人寿保险" not in text


def test_without_a_change_old_and_new_are_one(demo_store: Store, page: Opened) -> None:
    text = text_of(opened(demo_store, page))
    assert "还没有改动" in text
    assert "假设推算，不是报送数据" in text


def test_a_score_typed_changes_the_ratio_beside_the_old_at_once(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page)
    at.text_input(key="what-if-score").set_value("55").run()
    assert scenario_of(at) == WhatIfScenario(score=Decimal(55))
    outcome = asked(demo_store, WhatIfScenario(score=Decimal(55)))
    for statement in (outcome.before, outcome.after):
        assert formatting.ratio(statement.amount("comprehensive_solvency_ratio")) in head(at)


def test_the_filed_score_is_no_change(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page)
    filed = at.text_input(key="what-if-score").value
    at.text_input(key="what-if-score").set_value("55").run()
    at.text_input(key="what-if-score").set_value(filed).run()
    assert scenario_of(at).is_empty


def test_a_members_capital_and_requirement_are_typed_in_the_chosen_unit(
    demo_store: Store, page: Opened
) -> None:
    at = opened(demo_store, page, unit="yi")
    at.selectbox(key=f"what-if-member-{GROUP}").set_value("云梦人寿").run()
    at.text_input(key="what-if-capital-云梦人寿").set_value("150.5").run()
    at.text_input(key="what-if-requirement-云梦人寿").set_value("90").run()
    assert scenario_of(at).members == {"云梦人寿": MemberChange(Decimal(1505000), Decimal(900000))}


def test_a_sale_begins_without_gain_and_can_be_undone(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page)
    at.selectbox(key=f"what-if-member-{GROUP}").set_value("云梦财险").run()
    at.checkbox(key="what-if-sold-云梦财险").set_value(True).run()
    basis = reading.basis(session_of(demo_store, Role.SUPERVISOR), GROUP, DAY)
    assert scenario_of(at).sold == {"云梦财险": basis.members["云梦财险"].actual_capital}
    at.text_input(key="what-if-price-云梦财险").set_value("1,000,000").run()
    assert scenario_of(at).sold == {"云梦财险": Decimal(1000000)}
    undo = [p for p in links(text_of(at), "what-if") if p["group"] == GROUP and "scenario" not in p]
    assert undo == [WHERE, WHERE]  # one change: undone by itself or with all


def test_a_company_is_bought_and_a_counterparty_defaults(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page)
    name, share, capital, required, price = (t for t in at.text_input if t.form_id == "what-if-buy")
    for field, value in ((name, '=<b>"x",'), (share, "50"), (capital, "10"), (required, "5"), (price, "7")):
        field.set_value(value)
    next(b for b in at.button if b.form_id == "what-if-buy").click().run()
    (bought,) = scenario_of(at).bought
    assert (bought.name, bought.share, bought.capital) == ('=<b>"x",', Decimal("0.5"), Decimal(10))
    assert "<b>&quot;" not in text_of(at) and "&lt;b&gt;" in text_of(at)
    next(t for t in at.text_input if t.form_id == "what-if-default").set_value("45")
    next(b for b in at.button if b.form_id == "what-if-default").click().run()
    assert list(scenario_of(at).defaults.values()) == [Decimal("0.45")]


def test_the_answer_of_the_reverse_question_put_in_just_reaches_the_line(
    demo_store: Store, page: Opened
) -> None:
    at = opened(demo_store, page)
    reverse = text_of(at).split("反推")[1].split("</table>")[0]
    offered = [json.loads(p["scenario"]) for p in links(reverse, "what-if") if "scenario" in p]
    needed = next(Decimal(s["injection"]) for s in offered if "injection" in s)
    assert needed == to_reach(demo_store, Decimal("1.5"))
    after = text_of(opened(demo_store, page, json.dumps({"injection": str(needed)})))
    assert "150.00%" in after.split('class="r19-figures"')[1].split("</h2>")[0]


def test_a_target_of_ones_own_is_kept_in_the_address(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page, target="175.5")
    needed = to_reach(demo_store, Decimal("1.755"))
    assert needed is not None
    assert f"+{formatting.amount(needed)}" in text_of(at) and "175.50%" in text_of(at)
    assert "175.50%" not in text_of(opened(demo_store, page, target="<script>"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("abc", "“abc”不是数字"),
        ("1e999", "位数过多"),
        ("9e999999999", "位数过多"),
        ("Infinity", "位数过多"),
        ("NaN", "位数过多"),
        ("60.0000001", "位数过多"),
        ("101", "不在 0–100 之间"),
    ],
)
def test_what_is_no_score_is_refused_in_words(demo_store: Store, page: Opened, typed: str, said: str) -> None:
    at = opened(demo_store, page)
    at.text_input(key="what-if-score").set_value(typed).run()
    assert said in text_of(at)


@pytest.mark.parametrize(
    "scenario",
    [
        "{",
        '{"sold":{"瀛洲人寿":"1"}}',
        '{"members":{"<b>":{"capital":"1"}}}',
        '{"defaults":{"x":"1"}}',
        "x" * 30000,
    ],
)
def test_a_link_that_makes_no_sense_is_said_and_shows_the_statement_as_it_is(
    demo_store: Store, page: Opened, scenario: str
) -> None:
    text = text_of(opened(demo_store, page, scenario))
    assert 'role="alert"' in text
    assert "还没有改动" in text
    assert "<b>是" not in text and "<b>不" not in text


def test_the_changes_of_one_group_do_not_follow_to_another(demo_store: Store, page: Opened) -> None:
    at = opened(demo_store, page, '{"score":"55"}')
    at.selectbox(key="choice-group").set_value("青丘集团").run()
    assert scenario_of(at).is_empty


def test_an_officer_asks_about_the_own_group_only(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.OFFICER, "青丘集团")
    at = page(demo_store, token, "what-if", **WHERE, scenario='{"score":"55"}')
    assert at.selectbox(key="choice-group").options == ["青丘保险集团"]
    assert "云梦" not in text_of(at)


def test_a_what_if_is_never_stored(demo_store: Store, page: Opened) -> None:
    before = list_runs(demo_store), audit.entries(demo_store, latest=1)["id"].max()
    opened(demo_store, page, '{"score":"55","injection":"1000"}')
    assert list_runs(demo_store).equals(before[0])
    acts = audit.entries(demo_store).filter(pl.col("id") > before[1])["action"].to_list()
    assert {a.partition(".")[0] for a in acts} <= {"account", "session"}


def test_every_sheet_and_row_of_the_download_says_what_it_is(demo_store: Store, page: Opened) -> None:
    from dashboard.actions import exports
    from dashboard.components.view import View
    from dashboard.pages.what_if.answers import frame

    view = View(session_of(demo_store, Role.SUPERVISOR), "zh", "wan")
    made = frame(view, asked(demo_store, WhatIfScenario(score=Decimal(55))))
    book = openpyxl.load_workbook(io.BytesIO(exports.workbook(view, "下载", {"假设情景": made}, "假设情景")))
    above, _, *rows = list(book["假设情景"].iter_rows(values_only=True))
    assert "假设情景" in str(above[0])
    assert {row[0] for row in rows} == {"假设情景"}
    assert len(rows) == made.height + 1


def test_amounts_are_typed_and_read_exactly() -> None:
    assert _as_text(Decimal("1234567.000001"), "wan") == "1,234,567.000001"
    assert _as_text(Decimal("1234567.000001"), "yi") == "123.4567000001"
    assert _as_text(Decimal("-0.5"), "wan") == "-0.5"
    assert _as_text(Decimal(-1234), "wan") == "-1,234"
    assert _as_text(None, "wan") == ""


def test_the_score_of_an_earlier_period_stands_until_the_next(tmp_path: Path, fresh_cache: None) -> None:
    """At the end of 2026 the result of June counts: in the statement, on its page and where a what-if starts."""
    given = tables()
    given["solo_filings"] += f"{COMPANY},life,2026-12-31,annual,5000000,5000000,0,0,0,4000000\n"
    given["assessments"] = f"group_id,period_end,sarmra_score\n{OWN_GROUP},2026-06-30,60\n"
    store = consolidated(write_set(tmp_path / "set", given), tmp_path)
    session, day = session_of(store, Role.SUPERVISOR), date(2026, 12, 31)

    score = groups.statement(session, OWN_GROUP, day).score
    basis = reading.basis(session, OWN_GROUP, day)

    assert score is not None and basis.assessment is not None
    assert (score["period_end"], basis.assessment.period_end) == (date(2026, 6, 30), date(2026, 6, 30))
    outcome = what_if(basis, WhatIfScenario(), Rulebook.load())
    assert outcome.differs == ()
    assert outcome.after.amount("control_risk_minimum_capital") == 600_000


def test_what_the_reverse_answer_says_put_in_gives_that_ratio(demo_store: Store) -> None:
    """Fusang's perpetual bonds are above their limit: core tier 1 brings back what is cut of them."""
    basis = reading.basis(session_of(demo_store, Role.SUPERVISOR), "扶桑集团", date(2025, 12, 31))
    rules = Rulebook.load()
    more = capital_to_reach(basis, WhatIfScenario(), rules, "comprehensive", Decimal("1.5"))
    assert more is not None
    after = what_if(basis, WhatIfScenario(injection=more), rules).after
    assert after.amount("comprehensive_solvency_ratio") == Decimal("1.5")
    less = what_if(basis, WhatIfScenario(injection=more - Decimal("0.000001")), rules).after
    held, required = less.amount("actual_capital"), less.amount("minimum_capital")
    assert held is not None and required is not None and held < Decimal("1.5") * required
    assert more.quantize(Decimal("0.01")) == Decimal("506655.41")
