"""The group page shows every published line beside the computed one, with the cell or row it was published in."""

from __future__ import annotations

import html
from pathlib import Path

from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.build import write_set
from tests.dashboard.conftest import Opened, consolidated, text_of, token_of
from tests.dashboard.own_sets import GROUP, tables, zipped
from tests.dashboard.test_group_page import section_of

PUBLISHED = {
    "group_filings": f"group_id,period_end,basis,minimum_capital\n{GROUP},2026-06-30,quarterly,4000001\n",
    "group_filing_lines": "group_id,period_end,basis,line,amount\n"
    f"{GROUP},2026-06-30,quarterly,insurance_members_minimum_capital,3999999\n",
}


def test_lines_of_both_tables_stand_there_with_their_place(tmp_path: Path, page: Opened) -> None:
    store = consolidated(write_set(tmp_path / "set", tables() | PUBLISHED), tmp_path)
    shown = text_of(
        page(store, token_of(store, Role.SUPERVISOR), "group", group=GROUP, period="2026-06-30", lang="en")
    )
    store.close()
    against = section_of(shown, "Against the published statement")
    assert ">39,999.99<" in against and ">40,000.01<" in against, "in millions"
    assert "quarterly, group_filing_lines.csv row 2" in against
    assert ">minimum_capital</span></td>" in against
    assert (
        "within CNY 0.01 million of the members' whole minimum capital, CNY 40,000.00 million"
        in html.unescape(against)
    )


def test_the_upload_page_shows_parts_beside_totals_and_what_is_implied(
    own_demo_store: Store, page: Opened
) -> None:
    published = {
        "group_filings": "group_id,period_end,basis,minimum_capital,quantifiable_risk_minimum_capital\n"
        f"{GROUP},2026-06-30,quarterly,4000500,4000000\n",
        "group_filing_lines": PUBLISHED["group_filing_lines"],
        "assessments": f"group_id,entity_id,period_end,sarmra_score\n{GROUP},,2026-06-30,70\n",
    }
    at = page(own_demo_store, token_of(own_demo_store, Role.OFFICER, GROUP), "runs", view="upload", lang="en")
    at.file_uploader[0].set_value(("set.zip", zipped(tables() | published), "application/zip")).run()
    shown = text_of(at)
    against = shown.split("Published statements")[1]
    assert ">40,005.00<" in against and ">39,999.99<" in against
    assert "5.00 (implied)" in against
    assert "the score in force gives 2,000.00" in against
    assert "check the score" in shown.split("Findings")[-1]


def test_a_row_filed_in_another_currency_shows_its_rate_beside_the_figure(
    tmp_path: Path, page: Opened
) -> None:
    given = tables()
    head, row = given["solo_filings"].splitlines()
    abroad = {
        "solo_filings": f"{head},currency\n{row},HKD\n",
        "exchange_rates": "currency,on,rate,source\nHKD,2026-06-30,0.9,PBoC\n",
    }
    store = consolidated(write_set(tmp_path / "set", given | abroad), tmp_path)
    token = token_of(store, Role.SUPERVISOR)
    line = "insurance_members_minimum_capital"
    shown = text_of(page(store, token, "group", group=GROUP, period="2026-06-30", lang="en", line=line))
    store.close()
    assert ">36,000.00<" in shown
    assert "was filed in HKD and converted to CNY at the closing rate 0.9" in html.unescape(shown)
