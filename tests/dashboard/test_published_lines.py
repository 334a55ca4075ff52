"""The group page shows every published line beside the computed one, with the cell or row it was published in."""

from __future__ import annotations

import html
from pathlib import Path

from monitoring.access.accounts import Role
from tests.build import write_set
from tests.dashboard.conftest import Opened, consolidated, text_of, token_of
from tests.dashboard.own_sets import GROUP, tables
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
    assert ">3,999,999.00<" in against and ">4,000,001.00<" in against
    assert "quarterly, group_filing_lines.csv row 2" in against
    assert ">minimum_capital</span></td>" in against
    assert "within 1 万元 of the members' whole minimum capital, 4000000" in html.unescape(against)
