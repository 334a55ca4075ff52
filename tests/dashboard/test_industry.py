"""Industry: what the page says is what the scan says, cut to who looks."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from dashboard.components import formatting
from dashboard.components.states import SolvencyState, limits
from dashboard.pages.industry.plots import Box, Point, box, box_end, quadrant
from dashboard.queries import industry
from dashboard.queries.industry import ALL, FEWEST
from monitoring.access.accounts import Role
from monitoring.industry.scan import IndustryScan, scan_industry
from monitoring.store import queries as reading
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import links

DAY = date(2025, 12, 31)
D = Decimal


@pytest.fixture(scope="module")
def scan(demo_store: Store) -> IndustryScan:
    """The scan made anew, without the dashboard."""
    return scan_industry(
        reading.solo_filings(demo_store),
        reading.entities(demo_store),
        reading.industry_averages(demo_store),
        Rulebook.load(),
    )


def opened(store: Store, page: Opened, *groups: str, **parameters: str) -> str:
    role = Role.OFFICER if groups else Role.SUPERVISOR
    given = {"period": DAY.isoformat(), **parameters}
    at = page(store, token_of(store, role, *groups), "industry", **given)
    assert not at.exception
    return text_of(at)


def test_the_headline_is_the_scans(demo_store: Store, page: Opened, scan: IndustryScan) -> None:
    text = opened(demo_store, page, kind="property", measure="core")
    level = scan.levels.filter(
        pl.col("kind") == "property",
        pl.col("segment") == ALL,
        pl.col("measure") == "core",
        pl.col("period_end") == DAY,
    ).row(0, named=True)
    head = text.split("分布")[0]
    for column in ("weighted_mean", "q50", "mean"):
        assert f">{formatting.ratio(level[column])}<" in head
    assert f">{level['companies']}</div>" in head


@pytest.mark.parametrize("kind", ["all", "life", "reinsurance"])
def test_the_steps_count_every_company_on_its_step(
    demo_store: Store, page: Opened, scan: IndustryScan, kind: str
) -> None:
    text = opened(demo_store, page, kind=kind)
    table = text.split('aria-label="分档家数"')[1].split("</table>")[0]
    together = re.findall(r"<tr class=\"total\">(.*?)</tr>", table)[0]
    counted = [int(n) for n in re.findall(r"<td[^>]*>(\d+)</td>", together)]
    of_kind = scan.ladder.filter(pl.col("measure") == "comprehensive")
    of_kind = of_kind if kind == "all" else of_kind.filter(pl.col("kind") == kind)
    expected = of_kind.group_by("period_end").agg(pl.col("companies").sum()).sort("period_end")
    assert counted == expected["companies"].to_list()[-12:]
    assert "≥ 150%" in table and "&lt; 100%" in table


def test_falls_are_listed_with_the_steepest_first(
    demo_store: Store, page: Opened, scan: IndustryScan
) -> None:
    text = opened(demo_store, page, kind="life")
    fell = links(text.split("降幅最大")[1].split("共同风险暴露")[0], "entities")
    expected = scan.falls.filter(
        pl.col("kind") == "life",
        pl.col("measure") == "comprehensive",
        pl.col("period_end") == DAY,
        ~pl.col("beyond"),
    ).sort("fall", descending=True)
    assert [f["company"] for f in fell][: expected.height] == expected["entity_id"].to_list()[:12]


def test_who_is_near_a_line_stands_before_who_fell_and_every_quarter_is_there(
    demo_store: Store, page: Opened
) -> None:
    text, session = opened(demo_store, page), session_of(demo_store, Role.SUPERVISOR)
    found = industry.nearing(session, DAY).filter(measure="comprehensive")
    assert found.height and text.index("离监管线最近且下降") < text.index("降幅最大")
    near = text.split("离监管线最近且下降")[1].split("</table>")[0]
    shown = [p["company"] for p in links(near, "entities")]
    assert shown == found["entity_id"].to_list()[: len(shown)]
    level = industry.scan(session).levels.filter(kind="life", segment=ALL, measure="comprehensive")
    course = text.split("历季走势")[-1].split("</table>")[0]
    for column in ("q25", "q50", "q75", "mean"):
        assert all(f">{formatting.ratio(value, 1)}<" in course for value in level[column])
    assert all(name in text for name in ("资本质量", "控制风险", "风险综合评级"))


def test_the_silent_and_the_bound_on_them_stand_beside_the_gap(
    demo_store: Store, page: Opened, scan: IndustryScan
) -> None:
    text = opened(demo_store, page, kind="property").split("披露缺口")[1].split("降幅最大")[0]
    gap = scan.gaps.filter(
        pl.col("kind") == "property", pl.col("measure") == "comprehensive", pl.col("period_end") == DAY
    ).row(0, named=True)
    assert formatting.signed(gap["gap"], 1) in text
    assert f"{formatting.ratio(gap['bound_low'], 0)} – {formatting.ratio(gap['bound_high'], 0)}" in text
    assert {"大荒财险", "瑶池财险"} <= {f["company"] for f in links(text, "entities")}


def test_one_company_among_its_peers(demo_store: Store, page: Opened, scan: IndustryScan) -> None:
    text = opened(demo_store, page, company="青丘人寿").split("同业位置")[1]
    rank = scan.ranks.filter(pl.col("entity_id") == "青丘人寿", pl.col("period_end") == DAY)
    for place, of in rank.select("rank", "of").iter_rows():
        assert f"{place} / {of}" in text


def test_every_company_is_a_dot_that_leads_to_it(demo_store: Store, page: Opened, scan: IndustryScan) -> None:
    text = opened(demo_store, page).split('class="r19-quadrant"')[1].split('class="legend"')[0]
    dots = [f["company"] for f in links(text, "entities")]
    ranked = scan.ranks.filter(pl.col("period_end") == DAY)["entity_id"].unique()
    assert sorted(dots) == ranked.sort().to_list()


def test_common_holdings_name_who_holds_most(demo_store: Store, page: Opened) -> None:
    text = opened(demo_store, page).split("共同风险暴露")[1]
    common = industry.common(session_of(demo_store, Role.SUPERVISOR), DAY)
    first = common.filter(pl.col("test") == "counterparty").row(0, named=True)
    assert first["party"] in text
    assert first["largest_holder"] in {f["group"] for f in links(text, "group")}


def test_an_officer_sees_own_companies_and_of_the_rest_only_many_together(
    demo_store: Store, page: Opened
) -> None:
    text = opened(demo_store, page, "归墟集团")
    assert "归墟" in text
    for foreign in ("瀛洲", "青丘", "大荒", "云梦", "不周", "扶桑"):
        assert foreign not in text.split("共同风险暴露")[0], foreign
    levels = industry.scan(session_of(demo_store, Role.OFFICER, "归墟集团")).levels
    assert levels["companies"].min() >= FEWEST
    assert levels["minimum"].null_count() == levels["maximum"].null_count() == levels.height
    assert "reinsurance" not in levels["kind"].unique().to_list()


def test_an_officers_workbook_holds_no_others_names(demo_store: Store, page: Opened) -> None:
    scan = industry.scan(session_of(demo_store, Role.OFFICER, "归墟集团")).only(DAY)
    for name, frame in scan.frames():
        if "entity_id" in frame.columns:
            assert all("瀛洲" not in e for e in frame["entity_id"].to_list()), name


# charts


def test_a_box_is_drawn_to_its_scale_and_cut_at_its_end() -> None:
    shown = Box(D("0.5"), D(1), D("1.5"), D(2), D(9), D("1.8"))
    assert box_end([shown]) == 4
    html = box(shown, limits("comprehensive", DAY), D(4))
    assert 'class="tail" style="left:12.50%;width:87.50%"' in html
    assert 'class="box" style="left:25.00%;width:25.00%"' in html
    assert 'class="median" style="left:37.50%"' in html
    assert 'class="line breach" style="left:25.00%"' in html


def test_a_name_in_the_quadrant_is_text_whatever_it_holds() -> None:
    odd = '<b>"x"</b>&,=1'
    html = quadrant([Point(odd, odd, D(9), D(1), SolvencyState.BREACH)], None, None, ("core", "all"), DAY)
    assert "<b>" not in html
    assert "left:100.00%" in html
