"""Every number that the notices of 2021, 2023, 2024 and 2025 name has its entry: ``notices.yaml`` walks their texts."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from consolidation.rulebook import Rulebook
from consolidation.rulebook.values import as_text, plain

BOOK = Rulebook.load()
NOTICES = yaml.load((Path(__file__).parent / "notices.yaml").read_text("utf-8"), yaml.CBaseLoader)
ROWS = [(notice["on"], row) for notice in NOTICES for row in notice["numbers"]]
_A_NUMBER = re.compile(r"[0-9０-９]|[一二两三四五六七八九十]+(?:年|层级|个百分点)")


@pytest.fixture(scope="module")
def regulation() -> Path:
    """The folder of the law's texts; what needs it is skipped where it is absent."""
    folder = Path(
        os.environ.get("RULE19_REGULATION", Path(__file__).resolve().parents[4] / "shared" / "regulation")
    )
    if not folder.exists():
        pytest.skip(f"the law's texts are not here ({folder.name}); set RULE19_REGULATION to their folder")
    return folder


def body(folder: Path, notice: dict[str, Any]) -> str:
    """The notice without spaces, from where it begins to set rules."""
    text = re.sub(r"\s", "", (folder / notice["file"]).read_text("utf-8"))
    return text[text.index(notice["begins"]) :]


def says(value: Any, row: dict[str, str]) -> bool:
    return as_text(value) == row["is"] if "is" in row else row["holds"] in as_text(value)


@pytest.mark.parametrize(("on", "row"), ROWS, ids=[row["says"] for _, row in ROWS])
def test_the_entry_says_what_the_notice_says_and_cites_it(on: str, row: dict[str, str]) -> None:
    day = date.fromisoformat(on)
    entry = BOOK.on(day).entry(row["entry"])
    assert says(entry.value, row), as_text(entry.value)
    assert row.get("article", "") in entry.article
    if "before" in row:
        assert as_text(BOOK.on(day - timedelta(days=1)).value(row["entry"])) == row["before"]
        assert entry.valid_from == day


@pytest.mark.parametrize("notice", NOTICES, ids=[notice["notice"] for notice in NOTICES])
def test_the_words_are_those_of_the_notice(regulation: Path, notice: dict[str, Any]) -> None:
    text = body(regulation, notice)
    assert [row["says"] for row in notice["numbers"] if row["says"] not in text] == []


@pytest.mark.parametrize("notice", NOTICES, ids=[notice["notice"] for notice in NOTICES])
def test_no_number_of_the_notice_is_without_a_line(regulation: Path, notice: dict[str, Any]) -> None:
    text = body(regulation, notice)
    for words in sorted((row["says"] for row in notice["numbers"]), key=len, reverse=True):
        text = text.replace(words, "□")
    for pattern in notice["parameters_of_no_rule"]:
        text = re.sub(pattern, "□", text)
    left = [text[max(0, m.start() - 15) : m.end() + 15] for m in _A_NUMBER.finditer(text)]
    assert left == []


def test_every_line_that_says_what_was_before_checks_it() -> None:
    said = [row for _, row in ROWS if re.search("调整为|下调至|提高至|不再|延长至", row["says"])]
    assert len(said) == 11
    assert [
        row["says"]
        for row in said
        if "before" not in row and row["entry"] != "transitional_measures.last_day"
    ] == []


def test_every_risk_factor_is_one_that_a_notice_names_or_stands_beside_one() -> None:
    named = {row["entry"] for _, row in ROWS}
    assert {id for id in BOOK.ids() if id.startswith("risk_factors.")} - named == {
        "risk_factors.csi_300_constituent_k2"
    }


# The value before, as the rule has it that the notice changed: rule, its words without spaces, entry, value.
BEFORE = (
    (1, "计入核心资本的保单未来盈余不得超过核心资本的35%", "capital_limits.policy_surplus_to_core", "0.35"),
    (4, "非融资性信用保证险的基础因子`RF_0=0.467`", "risk_factors.export_credit_premium", "0.467"),
    (4, "非融资性信用保证险的基础因子`RF_0=0.605`", "risk_factors.export_credit_reserve", "0.605"),
    (4, "对于专业科技保险公司，K=0.9；其他保险公司，K=1", "risk_factors.technology_insurer_factor", "0.9"),
    (7, "上述非基础资产的风险暴露为其认可价值，基础因子为0.6", "risk_factors.infrastructure_reit_not_looked_through", "0.6"),
    (8, r"0.35&\text{沪深主板股}", "risk_factors.csi_300_constituent", "0.35"),
    (8, r"0.35&\text{沪深主板股}", "risk_factors.csi_300_constituent_held_over_3_years", "0.35"),
    (8, r"0.35&\text{沪深主板股}", "risk_factors.csi_dividend_low_volatility_100_held_over_3_years", "0.35"),
    (8, r"0.45&\text{创业板股、科创板股}", "risk_factors.star_market_share", "0.45"),
    (8, r"0.45&\text{创业板股、科创板股}", "risk_factors.star_market_share_held_over_2_years", "0.45"),
    (8, r"-0.05&\text{沪深300指数成份股}", "risk_factors.csi_300_constituent_k2", "-0.05"),
    (8, "未上市股权的风险暴露EX为其认可价值；基础因子`RF_0`赋值为0.41", "risk_factors.strategic_emerging_unlisted_equity", "0.41"),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "words", "id", "value"), BEFORE)
def test_the_value_before_is_the_rules(regulation: Path, rule: int, words: str, id: str, value: str) -> None:
    (text,) = regulation.glob(f"保险公司偿付能力监管规则第{rule}号：*.md")
    assert words in re.sub(r"\s", "", text.read_text("utf-8"))
    entry = BOOK.on(date(2022, 3, 31)).entry(id)
    assert (as_text(entry.value), entry.article.startswith(f"Rule {rule} ")) == (value, True)


def test_no_factor_is_outside_what_a_factor_can_be() -> None:
    for id in BOOK.ids():
        for entry in BOOK.history(id):
            if (
                id.startswith("risk_factors.")
                and entry.unit == "factor"
                and not isinstance(plain(entry.value), dict)
            ):
                assert -1 < entry.value <= 1, id
