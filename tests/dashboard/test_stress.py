"""The page Stress: groups × scenarios, one group down to a member's row, who breaks; a scenario everywhere, own groups only."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consolidation.scenario.reading import GROUP_SCENARIOS
from dashboard.pages.stress import steps
from dashboard.queries.scenario import stress
from dashboard.queries.session import NotVisible
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import links

DAY = "2025-12-31"
LAST = date(2025, 12, 31)


def opened(store: Store, page: Opened, *groups: str, role: Role = Role.SUPERVISOR, **address: str) -> str:
    at = page(store, token_of(store, role, *groups), "stress", **address)
    assert not at.exception and not at.error
    return text_of(at)


@pytest.mark.parametrize(("language", "label"), [("zh", "压力情景"), ("en", "Stress scenario")])
@pytest.mark.parametrize("show", ["all", "one", "industry"])
def test_every_view_says_that_it_is_a_scenario(
    demo_store: Store, page: Opened, show: str, language: str, label: str
) -> None:
    text = opened(demo_store, page, show=show, lang=language, group="扶桑集团")
    assert f'data-word="{label}"' in text and "what-if-banner" in text
    assert "dashboard.stress" not in text and "stress.shock" not in text


def test_the_heat_map_has_every_group_under_every_scenario_the_worst_first(
    demo_store: Store, page: Opened
) -> None:
    text = opened(demo_store, page)
    asked = links(text, "stress")
    assert {row["group"] for row in asked} == set(
        stress.group_solvency(session_of(demo_store, Role.SUPERVISOR), LAST)["group_id"]
    )
    own = {"property_slump", "bank_default"}
    assert {row["stress"] for row in asked} == {"base", "quarter_base", *GROUP_SCENARIOS, *own}
    assert text.index("瀛洲") < text.index("青丘")
    assert "房地产行业下跌四成" in text, "a scenario of one's own by its description"
    assert "<b>✖</b>91%" in text  # 扶桑集团 under macro
    assert (
        '<td class="num nowrap quiet" title="225.87% · 成员不齐：5 家，占公布最低资本的 87.5%">226%*</td>'
        in text
    )


def test_a_line_leads_to_the_member_and_to_the_row_that_it_filed(demo_store: Store, page: Opened) -> None:
    text = opened(
        demo_store, page, show="one", group="扶桑集团", stress="macro", line="actual_capital", lang="en"
    )
    result = stress.result(session_of(demo_store, Role.SUPERVISOR), "扶桑集团", LAST)
    life = result.attribution.filter(scenario="macro", entity_id="扶桑人寿", line="actual_capital")[
        "change"
    ].item()
    assert f"{life / 100:,.2f}".replace("-", "−") in text, "in millions"
    filed = stress.filed_by_members(session_of(demo_store, Role.SUPERVISOR), "扶桑集团", LAST)[
        "stress_results"
    ]
    row = filed.filter(entity_id="扶桑人寿", scenario="mandatory_2").row(0, named=True)
    assert f"{row['source_file']} row {row['source_row']}" in text
    assert "stress_results [Fusang Life Insurance, Mandatory scenario 2, 2026-12-31] actual_capital" in text
    assert {"line": "actual_capital"}.items() <= next(a for a in links(text, "group") if "line" in a).items()
    changes = result.attribution.filter(scenario="macro", line="actual_capital")["change"].sum()
    lines = result.lines.filter(
        scenario="macro", group_id="扶桑集团", line="actual_capital", actions="before"
    )
    assert changes == lines["change"].item()


def test_the_last_bar_counts_the_bars_that_it_stands_for(
    demo_store: Store, page: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under macro 扶桑集团 has three shocks (five steps): beside the largest two are left."""
    monkeypatch.setattr(steps, "_MOST_BARS", 1)
    address = {"show": "one", "group": "扶桑集团", "stress": "macro", "by": "shock", "lang": "en"}
    text = opened(demo_store, page, of="comprehensive_solvency_ratio", **address)
    assert "2 others" in text


def test_the_reverse_test_stands_as_gauges(demo_store: Store, page: Opened) -> None:
    text = opened(demo_store, page, show="one", group="扶桑集团", stress="macro")
    result = stress.result(session_of(demo_store, Role.SUPERVISOR), "扶桑集团", LAST)
    row = result.reverse.filter(driver="equity_assets", ratio="comprehensive").row(0, named=True)
    assert row["status"] == "reached" and row["due"]
    assert f"{row['size'] * 100:+,.4f}%".replace("-", "−") in text and "权益类资产" in text
    assert "应开展反向压力测试" in text


def test_what_was_not_given_and_by_whom_is_said(demo_store: Store, page: Opened) -> None:
    text = opened(demo_store, page, show="one", group="云梦系", stress="macro", lang="en")
    assert "gave nothing, taken as unchanged" in text or "partial" in text
    assert "Yunmeng Pension Insurance" in text and "modified_duration" in text
    assert "under macroeconomic risk" in text and "under interest rate risk" not in text


def test_stages_and_actions_of_an_own_scenario_can_be_chosen(demo_store: Store, page: Opened) -> None:
    address = {"show": "one", "group": "扶桑集团", "stress": "property_slump", "lang": "en"}
    after = opened(demo_store, page, variant="2 2026-12-31 after", **address)
    before = opened(demo_store, page, variant="2 2026-12-31 before", **address)
    assert "The steps are before actions." in after and "The steps are before actions." not in before


def test_who_breaks_is_ranked_by_the_capital_short(demo_store: Store, page: Opened) -> None:
    text = opened(demo_store, page, show="industry", stress="macro", lang="en")
    every = stress.group_solvency(session_of(demo_store, Role.SUPERVISOR), LAST).filter(scenario="macro")
    worst = every.sort("comprehensive_solvency_surplus").row(0, named=True)
    assert worst["group_id"] == "瀛洲集团"
    assert f"{-worst['comprehensive_solvency_surplus'] / 100:,.2f}" in text
    assert text.index("Yingzhou") < text.index("Fusang")


def test_an_officer_sees_the_own_group_alone(demo_store: Store, page: Opened) -> None:
    for show in ("all", "one", "industry"):
        text = opened(
            demo_store, page, "扶桑集团", role=Role.OFFICER, show=show, group="瀛洲集团", stress="macro"
        )
        assert "瀛洲" not in text and "青丘" not in text
    officer = session_of(demo_store, Role.OFFICER, "扶桑集团")
    with pytest.raises(NotVisible):
        stress.result(officer, "瀛洲集团", LAST)
    seen = stress.company_solvency(officer, LAST)["entity_id"].unique().to_list()
    assert all(name.startswith("扶桑") for name in seen) and seen


def test_the_heat_map_has_a_row_for_every_group(demo_store: Store) -> None:
    from dashboard.components.view import View
    from dashboard.pages.stress.overview import heat_map

    session = session_of(demo_store, Role.SUPERVISOR)
    own = stress.group_solvency(session, LAST)
    twenty = pl.concat(
        [own.with_columns(group_id=pl.format("{}-{}", "group_id", pl.lit(n))) for n in range(3)]
    )
    markup = heat_map(
        View(session, "zh", "wan"), twenty, "comprehensive", LAST, {("瀛洲集团-0", "macro")}
    ).drawn
    assert twenty["group_id"].n_unique() == 24
    assert markup.count("<tr") == 25 and markup.count("†") == 2  # the mark and its hint
