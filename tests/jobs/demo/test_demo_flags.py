"""What the flags and the scan make of the demo: every planted case that a flag or the scan is to find."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.filing_set import read_filing_set
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from jobs.demo import DemoIndustry
from jobs.pipeline.outlook import with_outlook
from jobs.pipeline.scan_inputs import ScanInputs, scan_inputs_of_set
from monitoring.flags.evaluate import FlagReport, raise_flags
from monitoring.flags.schema import Flags
from monitoring.industry.disclosure_gap import DisclosureGaps, SilentCompanies
from monitoring.industry.scan import IndustryScan, scan_industry
from monitoring.ratios import BankItems, CapitalFigures, solo_figures

BOOK = Rulebook.load()
LAST = date(2025, 12, 31)


@pytest.fixture(scope="module")
def scan_inputs(demo: DemoIndustry) -> ScanInputs:
    return scan_inputs_of_set(read_filing_set(str(demo.filings)), BOOK, Progress())


@pytest.fixture(scope="module")
def raised(scan_inputs: ScanInputs) -> FlagReport:
    return raise_flags(scan_inputs.flag_inputs, BOOK)


@pytest.fixture(scope="module")
def foreseen(demo: DemoIndustry, scan_inputs: ScanInputs) -> pl.DataFrame:
    """The outlook flags of every period."""
    looked_ahead = with_outlook(scan_inputs, read_filing_set(str(demo.filings)), BOOK)
    return raise_flags(looked_ahead.flag_inputs, BOOK).raised().filter(pl.col("code") == "outlook")


@pytest.fixture(scope="module")
def scanned(scan_inputs: ScanInputs) -> IndustryScan:
    return scan_industry(
        scan_inputs.flag_inputs.solo_filings, scan_inputs.flag_inputs.entities, scan_inputs.averages, BOOK
    )


@pytest.mark.parametrize(
    ("subject", "code", "item", "day"),
    [
        ("瀛洲集团", "breach", "comprehensive", LAST),
        ("扶桑集团", "key_check", "comprehensive", LAST),
        ("蓬莱集团", "watch", "comprehensive", LAST),
        ("归墟集团", "member_breach", "comprehensive", LAST),
        ("文鳐财险", "breach", "rating", LAST),
        ("招摇人寿", "falling", "comprehensive_drop", date(2024, 12, 31)),
        ("不周财险", "does_not_add_up", "minimum_capital", date(2025, 6, 30)),
        ("燧人火险", "does_not_add_up", "core_solvency_ratio", date(2023, 12, 31)),
        ("扶桑集团", "tier_limit", "core_tier2_to_core", LAST),
        ("姑射人寿", "tier_limit", "core_tier2_to_core", LAST),
        ("瑶池财险", "not_filed", "2025-12-31", LAST),
        ("云梦系", "concentration", "guarantee", date(2024, 12, 31)),
        ("蓬莱集团", "concentration", "transaction", LAST),
        ("青丘集团", "concentration", "counterparty", date(2024, 12, 31)),
        ("扶桑集团", "concentration", "counterparty", date(2024, 12, 31)),
        ("归墟集团", "concentration", "counterparty", date(2024, 6, 30)),
        ("不周集团", "concentration", "sector", date(2023, 12, 31)),
        ("瑶池集团", "concentration", "customer", date(2024, 12, 31)),
        ("稷下人寿", "audit_change", "actual_capital", LAST),
        ("归墟集团", "event", "member_in_crisis", LAST),
        ("归墟集团", "rating", "comprehensive", LAST),
        ("大荒人寿", "not_filed", "2023-09-30", LAST),
        ("大荒财险", "not_filed", "2024-03-31", LAST),
    ],
)
def test_what_is_planted_is_flagged(
    raised: FlagReport, subject: str, code: str, item: str, day: date
) -> None:
    found = raised.raised().filter(
        (pl.col("subject_id") == subject)
        & (pl.col("code") == code)
        & (pl.col("item") == item)
        & (pl.col("period_end") == day)
    )
    assert found.height == 1


def test_the_planted_fall_is_foreseen_two_quarters_before_the_breach(
    raised: FlagReport, foreseen: pl.DataFrame
) -> None:
    mine = pl.col("subject_id") == "归墟信保"
    breach = raised.raised().filter(mine & (pl.col("code") == "breach"))
    assert breach["period_end"].unique().to_list() == [LAST]
    warned = foreseen.filter(mine & (pl.col("item") == "comprehensive") & (pl.col("limit") == 1))
    assert warned["period_end"].to_list() == [date(2025, 6, 30), date(2025, 9, 30)]


def test_of_what_is_foreseen_of_insurers_most_comes_and_less_is_false_than_the_trend_line_gave(
    scan_inputs: ScanInputs, foreseen: pl.DataFrame
) -> None:
    """The line through four quarters, which the outlook has replaced, gave 35 such flags, 23 right and 12 false."""
    ratios = solo_figures(scan_inputs.flag_inputs.solo_filings).select(
        "subject_id", "period_end", "ratio", item="measure"
    )
    flags = foreseen.filter(pl.col("subject_kind") == "entity")
    for ahead in (1, 2):
        later = ratios.with_columns(pl.col("period_end").dt.offset_by(f"-{3 * ahead}mo").dt.month_end())
        flags = flags.join(
            later.rename({"ratio": f"ratio_{ahead}"}), on=["subject_id", "item", "period_end"], how="left"
        )
    fell = (pl.col("ratio_1") < pl.col("limit")) | (pl.col("ratio_2") < pl.col("limit"))
    known = flags.select(fell.alias("fell")).drop_nulls()["fell"]
    assert (known.len(), known.sum()) == (20, 17)


def test_nobody_else_is_in_breach_at_the_end(raised: FlagReport) -> None:
    breaches = raised.now().filter((pl.col("code") == "breach") & (pl.col("period_end") == LAST))
    assert set(breaches["subject_id"]) == {"瀛洲集团", "归墟信保", "文鳐财险"}


def test_nobody_else_is_above_a_concentration_limit_or_changed_by_the_audit(raised: FlagReport) -> None:
    found = raised.raised().filter(pl.col("code").is_in(["concentration", "audit_change", "rating", "event"]))
    assert set(found.select("subject_id", "item").iter_rows()) == {
        ("云梦系", "guarantee"),
        ("蓬莱集团", "transaction"),
        ("青丘集团", "counterparty"),
        ("扶桑集团", "counterparty"),
        ("归墟集团", "counterparty"),
        ("不周集团", "sector"),
        ("瑶池集团", "customer"),
        ("稷下人寿", "actual_capital"),
        ("归墟集团", "member_in_crisis"),
        ("归墟集团", "comprehensive"),
    }


def test_a_requirement_of_zero_is_a_finding_and_no_flag(raised: FlagReport) -> None:
    assert ("烛龙科技险", date(2025, 6, 30)) in {(f.entity_id, f.period_end) for f in raised.findings}
    day = (pl.col("subject_id") == "烛龙科技险") & (pl.col("period_end") == date(2025, 6, 30))
    assert raised.flags.filter(day & pl.col("code").is_in(["breach", "key_check", "watch"])).is_empty()


def test_the_gap_names_the_silent_and_finds_their_ratio_below_the_others(scanned: IndustryScan) -> None:
    row = scanned.gaps.filter(
        (pl.col("kind") == "life") & (pl.col("measure") == "comprehensive") & (pl.col("period_end") == LAST)
    ).row(0, named=True)
    silent = scanned.silent.filter((pl.col("kind") == "life") & (pl.col("period_end") == LAST))
    assert silent.select("entity_id", "since").rows() == [("大荒人寿", date(2023, 9, 30))]
    assert Decimal("0.5") < row["bound_low"] < row["bound_high"] < Decimal(1)


def test_the_new_company_is_shown_and_kept_out_of_means(scanned: IndustryScan) -> None:
    assert "凤麟人寿" in set(scanned.beyond["entity_id"])
    life = scanned.levels.filter(
        (pl.col("kind") == "life") & (pl.col("segment") == "all") & (pl.col("period_end") == LAST)
    )
    assert (life["left_out_of_mean"] == 1).all()
    assert (life["maximum"] > 10).all() and (life["mean"] < 3).all()


def test_what_is_raised_and_scanned_is_what_its_schema_says(
    scan_inputs: ScanInputs, raised: FlagReport, scanned: IndustryScan
) -> None:
    inputs = scan_inputs.flag_inputs
    Flags.validate(raised.flags)
    CapitalFigures.validate(solo_figures(inputs.solo_filings))
    BankItems.validate(inputs.bank_items)
    DisclosureGaps.validate(scanned.gaps)
    SilentCompanies.validate(scanned.silent)
