"""What flags and scan say: sentences made from the rows, in both languages, with nothing that the row does not hold."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.solo.recompute import ITEMS
from consolidation.words import table as words
from monitoring.flags import lifecycle
from monitoring.flags import schema as rows
from monitoring.flags.kinds.thresholds import THRESHOLDS
from monitoring.flags.registry import KINDS
from monitoring.flags.sentences import basis_in_words, flag_sentence, flags_summary
from monitoring.flags.speech import Speech
from monitoring.formatting import percent, signed_points, source_in_words, wan_yuan
from monitoring.industry.default_scenario import company_capital_positions, default_of
from monitoring.industry.default_sentences import default_summary
from monitoring.industry.scan import scan_industry
from monitoring.industry.sentences import industry_summary
from tests.build import Q1, Q2, Q3, Q4, filing, series, solo, table
from tests.monitoring.flags.build import BOOK, flags_of, members, only, recomputed


@pytest.mark.parametrize(
    ("value", "against", "shown"),
    [
        ("1.8732", None, "187.32%"),
        ("-0.58", None, "-58.00%"),
        ("0.99999", "1", "99.999%"),
        ("0.9999999999", "1", "99.99999999%"),
        ("1", "1", "100.00%"),
        ("0.995", "1", "99.50%"),
        ("0.000000000001", None, "0.00%"),
    ],
)
def test_a_ratio_never_looks_like_the_limit_that_it_is_not(
    value: str, against: str | None, shown: str
) -> None:
    assert percent(Decimal(value), None if against is None else Decimal(against)) == shown


def test_numbers_are_written_as_people_write_them() -> None:
    assert wan_yuan(Decimal("-1234567.895")) == "1,234,567.90"
    assert wan_yuan(Decimal("0.004")) == "0.00"
    assert (signed_points(Decimal("-3.456")), signed_points(Decimal("0.1"))) == ("-3.46", "+0.10")


def test_a_breach_in_a_sentence() -> None:
    raised = flags_of(filing("甲", Q1, 97, core=900), filing("甲", Q2, "88.5", core=900))
    flag = only(raised, "breach", "comprehensive", Q2)
    english, chinese = flag_sentence(flag, "en", {"甲": "Jia Life"}), flag_sentence(flag, "zh")
    assert english.startswith(
        "Jia Life, 2023-06-30: comprehensive solvency ratio 88.50%, below 100.00% by 11.50 points (CNY 0.115 million); since"
        " 2023-03-31; Regulation 2021 A8(2); from amounts, quarterly filing; measures that must follow: supervisory interview"
        " (Regulation 2021 A26(1)), "
    )
    assert chinese.startswith(
        "「甲」2023-06-30：综合偿付能力充足率为88.50%，低于100.00%，差11.50个百分点（11.50万元）；自2023-03-31起；"
        "依据：《保险公司偿付能力管理规定》 第8条(二)；口径：按金额，季度报告；"
        "应当采取：监管谈话（《保险公司偿付能力管理规定》 第26条(一)）、"
    )
    assert "; measures that may follow: " in english and "；可以采取：" in chinese
    assert (
        english.count("(Regulation 2021 A26(")
        == chinese.count("（《保险公司偿付能力管理规定》 第26条(")
        == 12
    )


def said(raised: object, code: str, item: str, language: str = "en") -> str:
    """The sentence of the last such flag, without measures."""
    chosen = raised.flags.filter((pl.col("code") == code) & (pl.col("item") == item))  # type: ignore[attr-defined]
    return flag_sentence(chosen.row(-1, named=True), language).partition("; measures")[0].rstrip(".")


def test_every_kind_of_flag_has_its_sentence() -> None:
    assert said(flags_of(*series("甲", "0.99", "1.0")), "breach", "comprehensive") == (
        "甲, 2023-06-30: comprehensive solvency ratio 100.00%, no longer below 100.00% but not clear of it, so the flag stays"
        " up; since 2023-03-31; Regulation 2021 A8(2); from amounts, quarterly filing"
    )
    assert said(flags_of(filing("甲", Q1, 300, integrated_risk_rating="D")), "breach", "rating") == (
        "甲, 2023-03-31: integrated risk rating D; since 2023-03-31; Regulation 2021 A8(3); –"
    )
    assert said(
        flags_of(filing("甲", Q2, 90), members=members(("集团", Q2, "甲"))), "member_breach", "comprehensive"
    ).startswith("集团, 2023-06-30: member 甲: comprehensive solvency ratio 90.00%, below 100.00%")
    assert said(flags_of(*series("甲", 2), *series("乙", 2, 2, 2)), "not_filed", "2023-06-30").startswith(
        "甲, 2023-09-30: no report for 2 periods, from 2023-06-30 to 2023-09-30"
    )
    assert said(flags_of(*series("甲", 2), *series("乙", 2, 2)), "not_filed", "2023-06-30").startswith(
        "甲, 2023-06-30: no report for 2023-06-30"
    )
    over = flags_of(filing("甲", Q1, 3000, core_tier1_capital=1000, supplementary_tier2_capital=300))
    assert said(over, "tier_limit", "supplementary_tier2_to_core").startswith(
        "甲, 2023-03-31: supplementary tier 2 to core capital 30.00%, above its limit of 25.00% by CNY 0.50 million"
    )
    fell = flags_of(*series("甲", "2.5", "2.1"))
    assert said(fell, "falling", "comprehensive_drop").startswith(
        "甲, 2023-06-30: comprehensive solvency ratio fell from 250.00% to 210.00%, by 40.00 points"
    )
    wrong = flags_of(
        recomputation=recomputed(
            ("甲", Q1, "minimum_capital", 110.0, 100.0, False),
            ("甲", Q1, "core_solvency_ratio", 1.5, 1.4, False),
            ("甲", Q1, "size_coefficient", 0.9, 1.0, False),
        )
    )
    assert said(wrong, "does_not_add_up", "minimum_capital").startswith(
        "甲, 2023-03-31: minimum capital filed 110.00, recomputed 100.00, a difference of 10.00"
    )
    assert "filed 150.00%, recomputed 140.00%, a difference of 10.00 points" in said(
        wrong, "does_not_add_up", "core_solvency_ratio"
    )
    assert "filed 0.9000, recomputed 1.0000" in said(wrong, "does_not_add_up", "size_coefficient")


def test_a_ratio_without_requirement_says_that_there_is_no_amount() -> None:
    raised = flags_of(filing("甲", Q1, None, None, comprehensive_solvency_ratio="0.8"))
    assert "by 20.00 points (no amount: no minimum capital was filed)" in said(
        raised, "breach", "comprehensive"
    )


def test_a_breach_without_a_ratio_is_told_by_its_amount() -> None:
    raised = flags_of(filing("甲", Q1, -40, 0))
    told = said(raised, "breach", "comprehensive")
    assert "cannot be computed" in told and "below 100.00% of it by CNY 0.40 million" in told
    assert "差40.00万元" in said(raised, "breach", "comprehensive", language="zh")


def test_bases_of_a_comparison_are_both_named() -> None:
    assert basis_in_words("amounts – filed_ratio", "zh") == "按金额 – 按填报的充足率"
    assert basis_in_words("quarterly – annual", "en") == "quarterly filing – annual filing (audited)"
    assert basis_in_words("published, amounts", "zh") == "公布的报表，按金额"
    assert basis_in_words(None, "en") == ""


def test_articles_are_named_in_chinese_as_the_law_is() -> None:
    english = "Notice 2021-52 二(十一)1; 金规〔2023〕5号 二十; Annex 10 line 5"
    assert (
        source_in_words(english, "en")
        == "Notice 2021-52 section 2(11)1; Notice 2023-5 section 20; Annex 10 line 5"
    )
    assert source_in_words("Rule 19 A47; Regulation 2021 A8(二)", "zh") == (
        "第19号规则 第47条；《保险公司偿付能力管理规定》 第8条(二)"
    )
    assert source_in_words("Notice 2021-52 三", "zh") == "银保监发〔2021〕52号 三"
    assert source_in_words("Risk factor notice 2025-12 一; house rule", "zh") == (
        "业务风险因子通知（2025年12月） 一；内部规则"
    )
    assert source_in_words("Rule 19 A47", "en") == "Rule 19 A47"


def test_the_summary_counts_flags_and_tells_breaches() -> None:
    raised = flags_of(filing("甲", Q1, 90, core=900), filing("乙", Q1, 110, core=900))
    lines = flags_summary(raised.now(), "en").splitlines()
    assert lines[0] == "Breach: 1 (of 1 companies or groups); Key check: 1 (of 1 companies or groups)."
    assert len(lines) == 2
    assert lines[1].startswith("甲, 2023-03-31: comprehensive solvency ratio 90.00%")
    assert flags_summary(flags_of(filing("甲", Q1, 900)).now(), "zh") == "没有警示。"


def test_every_code_item_state_and_event_has_words() -> None:
    keys = words()
    codes = [kind.name for kind in KINDS]
    items = ["core", "comprehensive", rows.RATING, rows.SECTOR_REQUIREMENT, *ITEMS]
    items += [f"{m}_{how}" for m in ("core", "comprehensive") for how in ("drop", "trend")]
    items += [
        "guarantee",
        "transaction",
        "counterparty",
        "sector",
        "customer",
        "investment_loss",
        "member_in_crisis",
    ]
    items += ["other_adverse_event", "actual_capital", "minimum_capital"]
    items += ["core_tier2_to_core", "supplementary_to_core", "supplementary_tier2_to_core"]
    assert [c for c in codes if f"flag.{c}" not in keys] == []
    assert [i for i in items if f"flag_item.{i}" not in keys] == []
    assert [s for s in (*lifecycle.OPEN, lifecycle.CLOSED) if f"flag_state.{s}" not in keys] == []
    assert set(THRESHOLDS) < set(codes)


def test_the_words_of_flags_and_scan_judge_nothing() -> None:
    """No adjective of praise or alarm: what a figure means is for the reader to say."""
    judging = re.compile(
        r"\b(weak|strong|healthy|alarming|severe|worrying|significant|sharp|dramatic|poor|robust|critical|huge)\w*",
        re.I,
    )
    judging_zh = re.compile("严峻|恶劣|健康|稳健|显著|大幅|惊人|良好|糟糕|危急|巨大")
    ours = (
        "flag.",
        "flag_says.",
        "industry_says.",
        "contagion_says.",
        "gap_assumption.",
        "contagion_assumption.",
    )
    told = {k: v for k, v in words().items() if k.startswith(ours)}
    assert len(told) > 40
    assert [k for k, v in told.items() if judging.search(v["en"]) or judging_zh.search(v["zh"])] == []


# The scan


def averages(day: date) -> pl.DataFrame:
    return table(
        "industry_averages",
        [
            {
                "kind": "life",
                "period_end": day,
                "core_solvency_ratio_pct": "180.0",
                "comprehensive_solvency_ratio_pct": "180.0",
            }
        ],
    )


ENTITIES = table("entities", [{"entity_id": "丙", "name": "丙", "kind": "life"}])


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Life insurers, 2023-06-30: weighted average comprehensive solvency ratio 190.00% (2 companies, quarterly),"
                " median 190.00%, quartiles 185.00% to 195.00%.",
                "Unweighted mean 190.00% (companies above 1000.00%, left out of it: 0).",
                "Change on the quarter -10.00 points; for the 2 companies that filed both times -10.00 points (quarterly).",
                "2 at 150% or above, 0 from 120% to below 150%, 0 from 100% to below 120%, 0 below 100%, 1 not filed.",
                "Largest falls in the quarter: 甲 from 200.00% to 180.00% (quarterly).",
                "Life insurers, 2023-06-30: the supervisor's published average comprehensive solvency ratio is 180.00%, that"
                " of those who publish 190.00%, a gap of +10.00 points; known not to have published (1): 丙.",
                "Their size is not known; under the assumptions stated the ratio of the silent is at most 180.05%.",
            ],
        ),
        (
            "zh",
            [
                "人身险公司2023-06-30末综合偿付能力充足率加权平均190.00%（2家，季度），中位数190.00%，四分位185.00%至195.00%。",
                "较上季度-10.00个百分点；两期均报送的2家-10.00个百分点（季度）。",
                "150%及以上2家、120%至150%0家、100%至120%0家、低于100%0家、未报送1家。",
                "监管公布人身险公司2023-06-30综合偿付能力充足率平均180.00%，披露公司加权190.00%，相差+10.00个百分点；"
                "已知未披露1家：丙。",
            ],
        ),
    ],
)
def test_the_scan_of_a_quarter_in_words(language: str, expected: list[str]) -> None:
    filed = solo(*series("甲", 2, "1.8"), *series("乙", 2, 2))
    scanned = scan_industry(filed, ENTITIES, averages(Q2), BOOK)
    told = industry_summary(scanned, Q2, language, BOOK)
    assert [line for line in expected if line not in told.splitlines()] == []


def test_the_first_quarter_has_nothing_to_compare_with() -> None:
    scanned = scan_industry(solo(filing("甲", Q1, 200)), ENTITIES, averages(Q3), BOOK)
    assert "No quarter before to compare with." in industry_summary(scanned, Q1, "en", BOOK).splitlines()
    assert industry_summary(scanned, Q4, "en", BOOK) == "Nothing to compare."


def test_a_default_in_words_ends_with_its_assumptions() -> None:
    companies = company_capital_positions(
        solo(filing("甲", Q2, 200)), table("sector_filings", []), Q2, BOOK.on(Q2)
    )
    result = default_of(
        "对手",
        Q2,
        Decimal("0.5"),
        {"甲": Decimal(210), "乙": Decimal(4)},
        companies=companies,
        groups={},
        members=members(("集团", Q2, "甲")),
        guarantees=table("guarantees", []),
    )
    told = default_summary(result, "en").splitlines()
    assert (
        told[0]
        == "Default of 对手 with a loss of 50.00%: in the first round 2 companies lose CNY 1.07 million together."
    )
    assert told[1] == "Fall below a limit: 甲 (comprehensive solvency ratio from 200.00% to 95.00%, Breach)."
    assert told[2] == "Capital not known, loss only: 乙."
    assert told[3].startswith("The loss hits core tier 1 capital in full and at once; no tax relief;")


def test_a_scenario_of_ones_own_is_said_by_its_words_or_its_id_and_never_by_a_key() -> None:
    not_given = {"item": "slump/2026-12-31"}
    assert Speech("en", {"slump": "real estate falls"}).item(not_given) == "real estate falls"
    assert Speech("en").item(not_given) == "slump"
    assert Speech("zh").item({"item": "macro/2026-12-31"}) == "宏观经济风险情景"
