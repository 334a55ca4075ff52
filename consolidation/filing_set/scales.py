"""Percent where a fraction is meant, amounts in another unit: asked about, or read where the row's own amounts settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.cell_text.typed_numbers import UNITS
from consolidation.filing_set.faults import Faults
from consolidation.findings import Severity
from consolidation.money import AMOUNT, RATE, line_rate, plain
from consolidation.rulebook import Rulebook

LEAST_AVERAGE = Decimal(10)
"""Percent; an average below it is a fraction."""
LEAST_SCORE = Decimal(10)
"""No assessment gives so few points of a hundred; a score below it is a fraction."""
LEAST_PERCENTAGE = Decimal(10)
"""A ratio from here on that is a hundredfold of what its amounts make is a percentage; below it the amounts may be what is wrong."""

_CORE = ("core_tier1_capital", "core_tier2_capital")
_RATIOS: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "solo_filings": (
        ("core_solvency_ratio", _CORE, "minimum_capital"),
        ("comprehensive_solvency_ratio", ("actual_capital",), "minimum_capital"),
    ),
    "sector_filings": (("adequacy_ratio", ("actual_capital",), "amount"),),
}
_RATIOS["group_filings"] = _RATIOS["solo_filings"]
"""Table → each ratio of a row with the capital and the requirement that make it."""
_HUNDREDFOLD = (50, 200)
"""A ratio so many times what its row's amounts make is in percent: audited and unaudited figures never differ so."""


def check_scales(faults: Faults) -> None:
    """Ask about percent where a fraction is meant, and the other way round; the row does not count until it is clear.

    No average of insurers is below :data:`LEAST_AVERAGE` percent, no bank must hold more capital than it has assets.
    """
    sound = set(range(len(faults.typed))) - faults.bad_rows
    if faults.table.name == "industry_averages":
        for column in ("core_solvency_ratio_pct", "comprehensive_solvency_ratio_pct"):
            low = (faults.typed[column] < LEAST_AVERAGE).fill_null(False).arg_true().to_list()
            rows = sorted(sound.intersection(low))
            faults.add("average-as-fraction", rows, column, severity=Severity.WARNING, expected="150 = 150%")
            faults.bad_rows.update(rows)
    if faults.table.name == "assessments":
        low = (faults.typed["sarmra_score"] < LEAST_SCORE).fill_null(False).arg_true().to_list()
        rows = sorted(sound.intersection(low))
        faults.add("score-as-fraction", rows, "sarmra_score", severity=Severity.WARNING, expected="82.5")
    if faults.table.name == "group_financials":
        more = (
            (faults.typed["net_assets"] > faults.typed["total_assets"]).fill_null(False).arg_true().to_list()
        )
        rows = sorted(sound.intersection(more))
        faults.add(
            "net-above-total", rows, "net_assets", severity=Severity.WARNING, expected="≤ total_assets"
        )
    if faults.table.name == "sector_filings":
        high = (faults.typed["required_ratio"] > 1).fill_null(False).arg_true().to_list()
        rows = sorted(sound.intersection(high))
        faults.add("ratio-as-percent", rows, "required_ratio", expected="0.105 = 10.5%")
        faults.bad_rows.update(rows)
    if faults.table.name == "solo_filings":
        _jumps(faults, sound)
    _read_percents(faults)


_UNITS_APART = tuple(unit for unit in UNITS.values() if not Decimal("0.01") < unit < Decimal(100))
"""What figures in 元, 百万元 or 亿元 are to those in 万元, or those to them."""
_NEAR = 1.25
"""As near to such a factor two filings of one company, or a group and its members, come by chance hardly ever."""


def _is_unit_apart(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether one amount is as many times the other as one unit is of another, roughly."""
    times = pl.when(other != 0).then(one.cast(pl.Float64) / other.cast(pl.Float64))
    near = [(times * float(unit)).is_between(1 / _NEAR, _NEAR) for unit in _UNITS_APART]
    return pl.any_horizontal(near).fill_null(False)


def _jumps(faults: Faults, sound: set[int]) -> None:
    """Ask about a filing whose capital and requirement are both a unit's factor from those of the filing before."""
    columns = ("actual_capital", "minimum_capital")
    filed = faults.typed.select("entity_id", "period_end", *columns).with_row_index("row")
    kept = filed.filter(pl.col("row").is_in(list(sound))).sort("entity_id", "period_end", maintain_order=True)
    same = pl.col("entity_id") == pl.col("entity_id").shift(1)
    apart = pl.all_horizontal(_is_unit_apart(pl.col(c), pl.col(c).shift(1)) for c in columns)
    found = kept.filter((same & apart).fill_null(False))["row"].sort().to_list()
    faults.add("filed-in-another-unit", found, "minimum_capital", severity=Severity.WARNING, expected="万元")


def check_published_units(all_faults: Mapping[str, Faults]) -> None:
    """Set aside a group's published row whose requirement, and capital if given, is a unit's factor from its listed members' sum.

    Both: where only a small member is listed one of them alone may come near such a factor by chance.
    """
    needed = ("group_filings", "group_members", "solo_filings")
    if any(name not in all_faults for name in needed):
        return
    published, members, solo = (all_faults[name] for name in needed)
    of_group = members.sound().select("group_id", "entity_id").unique()
    filed = solo.sound().unique(["entity_id", "period_end"], keep="last").join(of_group, on="entity_id")
    columns = ("actual_capital", "minimum_capital")
    sums = filed.group_by("group_id", "period_end").agg(
        pl.col(c).sum().alias(f"members_{c}") for c in columns
    )
    rows = published.typed.select("group_id", "period_end", *columns).with_row_index("row")
    beside = rows.join(sums, on=["group_id", "period_end"])
    apart = {c: _is_unit_apart(pl.col(c), pl.col(f"members_{c}")) for c in columns}
    both = apart["minimum_capital"] & (apart["actual_capital"] | pl.col("actual_capital").is_null())
    found = [row for row in beside.filter(both)["row"].sort().to_list() if row not in published.bad_rows]
    published.add("published-in-another-unit", found, "minimum_capital", expected="万元")
    published.bad_rows.update(found)


def check_sizes(all_faults: Mapping[str, Faults]) -> None:
    """Ask about amounts that no insurer has, that are beyond the company's group, or far from its kind: they look like another unit."""
    rulebook = Rulebook.load()
    for name in ("solo_filings", "group_filings"):
        if name in all_faults:
            _against_all_insurers(all_faults[name], rulebook)
    solo = all_faults.get("solo_filings")
    if solo is not None:
        told = {f.row for f in solo.findings if f.code in _UNIT_ASKED}
        _against_groups(solo, all_faults, told)
        _groups_against_members(solo, all_faults, rulebook)
        _against_kind(solo, rulebook, told)


_UNIT_ASKED = ("filed-in-another-unit", "above-all-insurers", "below-any-insurer")


def _against_all_insurers(faults: Faults, rulebook: Rulebook) -> None:
    """Ask about a row with more than all insurers together have, or with hardly any assets."""
    columns = [
        c for c in ("admitted_assets", "actual_capital", "minimum_capital") if c in faults.typed.columns
    ]
    days = faults.typed["period_end"].drop_nulls().unique()

    def bound(name: str) -> pl.Expr:
        of_day = {day: rulebook.in_force_or_first(f"plausibility.{name}", day).value for day in days}
        return pl.col("period_end").replace_strict(of_day, default=None, return_dtype=AMOUNT)

    rows = faults.typed.select("period_end", *columns).with_row_index("row")
    sound = rows.filter(~pl.col("row").is_in(list(faults.bad_rows))).with_columns(
        most=bound("insurers_total_assets"), least=bound("least_admitted_assets")
    )
    found: dict[int, tuple[str, str, str]] = {}
    for column in columns:
        for row, most in sound.filter(pl.col(column) > pl.col("most")).select("row", "most").iter_rows():
            found.setdefault(row, ("above-all-insurers", column, plain(most)))
    if "admitted_assets" in columns:
        assets = pl.col("admitted_assets")
        few = sound.filter((assets > 0) & (assets < pl.col("least"))).select("row", "least")
        for row, least in few.iter_rows():
            found.setdefault(row, ("below-any-insurer", "admitted_assets", plain(least)))
    for row, (code, name, expected) in sorted(found.items()):
        faults.add(code, [row], name, severity=Severity.WARNING, expected=expected)


def _against_groups(solo: Faults, all_faults: Mapping[str, Faults], told: set[int | None]) -> None:
    """Ask about a listed subsidiary with more actual capital than its group has assets."""
    if not {"group_members", "group_financials"} <= all_faults.keys():
        return
    members = all_faults["group_members"].sound()
    whole = members.filter(pl.col("relation").is_null() | (pl.col("relation") != "joint_venture"))
    of_group = whole.select("group_id", "entity_id").unique()
    totals = all_faults["group_financials"].sound().select("group_id", "period_end", "total_assets")
    beside = (
        solo.typed.select("entity_id", "period_end", "actual_capital", "source_row")
        .with_row_index("row")
        .join(of_group, on="entity_id")
        .join(totals, on=["group_id", "period_end"])
        .filter((pl.col("actual_capital") > pl.col("total_assets")) & (pl.col("total_assets") > 0))
        .unique("row", keep="first", maintain_order=True)
        .filter(~pl.col("source_row").is_in(list(told)))
        .sort("row")
    )
    rows = [row for row in beside["row"].to_list() if row not in solo.bad_rows]
    expected = dict(beside.select("row", "total_assets").iter_rows())
    solo.add(
        "above-its-group",
        rows,
        "actual_capital",
        severity=Severity.WARNING,
        expected=[plain(expected[row]) for row in rows],
    )


def _groups_against_members(solo: Faults, all_faults: Mapping[str, Faults], rulebook: Rulebook) -> None:
    """Ask about a group's accounts or capital that are thousands of times the capital of its listed members."""
    if "group_members" not in all_faults:
        return
    bound = rulebook.in_force_or_first("plausibility.times_the_members", date.max).value
    least = rulebook.in_force_or_first("plausibility.least_admitted_assets", date.max).value
    of_group = all_faults["group_members"].sound().select("group_id", "entity_id").unique()
    filed = solo.sound().unique(["entity_id", "period_end"], keep="last").join(of_group, on="entity_id")
    members = filed.group_by("group_id", "period_end").agg(
        held=pl.col("actual_capital").sum().cast(pl.Float64)
    )
    for table, column, most in (
        ("group_financials", "total_assets", bound["assets"]),
        ("group_financials", "net_assets", bound["capital"]),
        ("group_capital", "amount", bound["capital"]),
    ):
        if table not in all_faults:
            continue
        faults = all_faults[table]
        rows = faults.typed.select("group_id", "period_end", column).with_row_index("row")
        beside = rows.join(members, on=["group_id", "period_end"]).filter(
            pl.col("held") >= float(least),
            pl.col(column).abs().cast(pl.Float64) > pl.col("held") * float(most),
        )
        first = beside.sort("row").unique(["group_id", "period_end"], keep="first", maintain_order=True)
        found = [
            (row, held) for row, held in first.select("row", "held").iter_rows() if row not in faults.bad_rows
        ]
        faults.add(
            "far-beyond-members",
            [row for row, _ in found],
            column,
            severity=Severity.WARNING,
            expected=[f"{held:,.0f}" for _, held in found],
        )


def _against_kind(solo: Faults, rulebook: Rulebook, told: set[int | None]) -> None:
    """Ask about a company whose capital and requirement are both far from the middle of the others of its kind and period."""
    bound = rulebook.in_force_or_first("plausibility.times_the_median", date.max).value
    columns = ("actual_capital", "minimum_capital")
    filed = (
        solo.typed.with_row_index("row")
        .filter(~pl.col("row").is_in(list(solo.bad_rows)), *(pl.col(c) > 0 for c in columns))
        .select(
            "row",
            "source_row",
            "entity_id",
            "period_end",
            "kind",
            *(pl.col(c).cast(pl.Float64) for c in columns),
        )
    )
    of_kind = filed.group_by("kind", "period_end").agg(
        *(pl.col(c).median().alias(f"median_{c}") for c in columns), others=pl.col("entity_id").n_unique() - 1
    )
    beside = filed.join(of_kind, on=["kind", "period_end"]).filter(pl.col("others") >= int(bound["others"]))
    times = float(bound["times"])
    above = pl.all_horizontal(pl.col(c) >= pl.col(f"median_{c}") * times for c in columns)
    below = pl.all_horizontal(pl.col(c) * times <= pl.col(f"median_{c}") for c in columns)
    found = beside.filter(above | below, ~pl.col("source_row").is_in(list(told))).sort("row")
    solo.add(
        "far-from-its-kind",
        found["row"].to_list(),
        "minimum_capital",
        severity=Severity.WARNING,
        expected=[f"{median:,.0f}" for median in found["median_minimum_capital"]],
        details=[{"times": plain(bound["times"])}] * found.height,
    )


def _times_made(faults: Faults, column: str, capital: Sequence[str], requirement: str) -> pl.Series:
    """How many times a ratio is what its row's amounts make."""
    number = pl.col(column, *capital, requirement).cast(pl.Float64)
    made_of = pl.when(pl.col(capital[0]).is_not_null()).then(pl.sum_horizontal(capital))
    made = pl.when(made_of != 0).then(made_of)
    return faults.typed.select(number).select(pl.col(column) * pl.col(requirement) / made).to_series()


def _read_percents(faults: Faults) -> None:
    """Read ratios that are a hundredfold of what their row's amounts make as the percentages they are, and say so.

    Where the number would be no percentage it may be the amounts that are wrong: it is left as it stands.
    """
    for column, capital, requirement in _RATIOS.get(faults.table.name, ()):
        times = _times_made(faults, column, capital, requirement)
        percentage = (faults.typed[column].abs() >= LEAST_PERCENTAGE).fill_null(False)
        hundredfold = times.is_between(*_HUNDREDFOLD).fill_null(False) & percentage
        _read_percent(faults, column, hundredfold.arg_true().to_list())


def _read_percent(faults: Faults, column: str, rows: list[int]) -> None:
    if not rows:
        return
    ratios = [line_rate(value.scaleb(-2)) for value in faults.typed[column][rows]]
    faults.typed = faults.typed.with_columns(
        faults.typed[column].scatter(rows, pl.Series(ratios, dtype=RATE))
    )
    expected = [plain(value) for value in ratios]
    faults.add("ratio-read-as-percent", rows, column, severity=Severity.WARNING, expected=expected)
