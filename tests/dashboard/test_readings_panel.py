"""The group page says what hangs on how the law is read, and which readings are behind a line."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from monitoring.access.accounts import Role
from tests.build import write_set
from tests.consolidation.test_alternatives import TABLES
from tests.dashboard.conftest import Opened, consolidated, text_of, token_of
from tests.dashboard.test_group_page import section_of


@pytest.fixture
def shown(tmp_path: Path, page: Opened):
    def open_at(language: str, tables: dict[str, str], line: str = "minimum_capital") -> str:
        store = consolidated(write_set(tmp_path / "set", tables), tmp_path)
        told = page(
            store,
            token_of(store, Role.SUPERVISOR),
            "group",
            group="G",
            period="2023-12-31",
            lang=language,
            line=line,
        )
        store.close()
        return html.unescape(text_of(told))

    return open_at


def test_an_answer_that_moves_the_ratios_stands_with_its_points_and_verdict(shown) -> None:
    panel = section_of(shown("en", TABLES), "Readings of the law")
    assert "Rule 19 A16: “An insurance group's minimum capital for quantifiable risk = the parent's" in panel
    assert "× stake + …” (our translation)" in panel
    assert 'title="保险集团可资本化风险最低资本 = 母公司最低资本' in panel, "the law's own words beside it"
    assert "Does a member bring its whole minimum capital" in panel
    assert "The quantifiable part for every group" in panel
    assert ">+22.50<" in panel and "no → yes" in panel
    assert "questions whose other answers move neither ratio" in panel


def test_the_panel_is_in_chinese_too(shown) -> None:
    panel = section_of(shown("zh", TABLES), "口径")
    assert "所有集团均只取可资本化风险部分" in panel and "不达标 → 达标" in panel


def test_an_answer_that_lacks_a_figure_shows_no_points(shown) -> None:
    lacking = TABLES | {
        "solo_filings": TABLES["solo_filings"].replace(
            "A,life,2023-12-31,annual,900,100,80", "A,life,2023-12-31,annual,900,100,"
        )
    }
    panel = section_of(shown("en", lacking), "Readings of the law")
    assert "data missing, not comparable" in panel and "+22.50" not in panel


def test_the_explanation_of_a_line_names_the_readings_behind_it(shown) -> None:
    told = section_of(shown("en", TABLES), "Why this figure")
    assert "questions that the law leaves open" in told and "Whole, the member's own control risk" in told
