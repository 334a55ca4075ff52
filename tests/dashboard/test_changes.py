"""Why it changed: the page leads from one ratio to the other in steps that add up, each a link."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dashboard.components import formatting
from dashboard.queries import groups
from dashboard.queries.company import companies
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import links

GROUP, OPENING, CLOSING = "归墟集团", date(2025, 6, 30), date(2025, 12, 31)


def test_the_steps_lead_from_one_ratio_to_the_other_and_each_is_a_link(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    chosen = {"group": GROUP, "since": OPENING.isoformat(), "period": CLOSING.isoformat()}
    text = text_of(page(demo_store, token, "changes", **chosen, lang="en"))
    session = session_of(demo_store, Role.SUPERVISOR)
    for measure in ("core", "comprehensive"):
        found = groups.bridge(session, GROUP, OPENING, CLOSING, measure)
        assert found is not None
        begin, end = found.opening.ratio, found.closing.ratio
        assert begin is not None and end is not None
        assert begin + sum(found.steps["ratio"], Decimal(0)) == end
        assert formatting.ratio(begin) in text and formatting.ratio(end) in text
        for name, kind, moved in found.by_member().select("name", "kind", "ratio").iter_rows():
            if kind == "member" and moved:
                assert {"company": name, "period": CLOSING.isoformat()} in links(text, "entities")
                assert f">{formatting.points(moved, 2)}<" in text
    lines = {p.get("line") for p in links(text, "group")}
    assert lines & {"consolidation_of_capital", "control_risk_minimum_capital", "actual_capital"}


def test_the_tile_says_what_it_moved_by_and_leads_to_why(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "group", group=GROUP, period=CLOSING.isoformat()))
    asked = {"group": GROUP, "period": CLOSING.isoformat(), "since": OPENING.isoformat()}
    assert links(text, "changes").count(asked) == 4  # both ratios, actual capital and requirement


def test_a_companys_steps_lead_to_the_cells_of_its_filing(demo_store: Store, page: Opened) -> None:
    session, token = session_of(demo_store, Role.SUPERVISOR), token_of(demo_store, Role.SUPERVISOR)
    company = str(companies.ratios(session).filter(period_end=CLOSING, in_doubt=False)["entity_id"][0])
    chosen = {"company": company, "since": OPENING.isoformat(), "period": CLOSING.isoformat()}
    text = text_of(page(demo_store, token, "changes", **chosen, lang="en"))
    for measure in ("core", "comprehensive"):
        found = companies.bridge(session, company, OPENING, CLOSING, measure)
        assert found is not None
        assert formatting.ratio(found.opening.ratio) in text and formatting.ratio(found.closing.ratio) in text
        for moved in found.steps["ratio"]:
            assert f">{formatting.points(moved, 2)}<" in text
    cells = {p["item"] for p in links(text, "entities") if p.get("company") == company and "item" in p}
    assert {"core_tier1_capital", "market_risk_minimum_capital", "control_risk_minimum_capital"} <= cells
