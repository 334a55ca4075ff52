"""The flags against a second reading of the rules, one company and period at a time, in fractions, on random filings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.results.schemas import ConcentrationMeasures, StatementLines
from monitoring.flags.kinds.filings.missing_filings import quarter_ends
from tests.build import filing
from tests.monitoring.flags.build import BOOK, flags_of

DAYS = quarter_ends(date(2022, 1, 1), date(2023, 12, 31))
LAW = BOOK.on(DAYS[-1])
MARGIN = Fraction(LAW.number("flags.hysteresis"))
LIMITS = {"breach": Fraction(1), "key_check": Fraction(6, 5), "watch": Fraction(3, 2)}

amounts = st.integers(-2_000, 30_000).map(lambda n: Decimal(n) / 100)
near = st.sampled_from(["1", "1.2", "1.5", "1.004999", "1.005", "1.205", "1.505", "0.99999999"]).map(Decimal)
figures = st.one_of(
    st.none(),
    st.tuples(amounts, st.just(Decimal(100))),
    st.tuples(amounts, st.sampled_from([Decimal("73.19"), Decimal("0.01"), Decimal(0), Decimal(-3)])),
    near.map(lambda r: (r * 100, Decimal(100))),
)
histories = st.lists(figures, min_size=1, max_size=len(DAYS))


def ratio(figure: tuple[Decimal, Decimal] | None) -> Fraction | None:
    if figure is None or figure[1] <= 0:
        return None
    return Fraction(figure[0]) / Fraction(figure[1])


def episodes(
    history: Sequence[tuple[Decimal, Decimal] | None], limit: Fraction
) -> dict[date, tuple[date, bool]]:
    """Period → since, met. Without a ratio only a breach says anything: capital below the requirement."""
    found: dict[date, tuple[date, bool]] = {}
    since: date | None = None
    for day, figure in zip(DAYS, history, strict=False):
        if figure is None:
            continue
        capital, required = Fraction(figure[0]), Fraction(figure[1])
        if required <= 0 and capital >= required:
            continue
        if capital < limit * required:
            since = since or day
        elif capital >= (limit + MARGIN) * required:
            since = None
        if since is not None:
            found[day] = (since, capital < limit * required)
    return found


def drops(ratios: Sequence[Fraction | None]) -> set[date]:
    known = [(n, r) for n, r in enumerate(ratios) if r is not None]
    return {
        DAYS[n]
        for (before, was), (n, r) in zip(known, known[1:], strict=False)
        if was - r >= Fraction(1, 5) * (n - before)
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(histories, min_size=1, max_size=4))
def test_thresholds_and_drops_are_those_of_the_oracle(
    companies: list[list[tuple[Decimal, Decimal] | None]],
) -> None:
    filings = [
        filing(f"公司{n}", day, figure[0], figure[1], core=figure[1] * 900)
        for n, history in enumerate(companies)
        for day, figure in zip(DAYS, history, strict=False)
        if figure is not None
    ]
    flags = flags_of(*filings, as_of=DAYS[0]).flags
    expected: set[tuple[object, ...]] = set()
    for n, history in enumerate(companies):
        ratios = [ratio(f) for f in history]
        for code, limit in LIMITS.items():
            expected |= {
                (f"公司{n}", code, "comprehensive", day, since, met)
                for day, (since, met) in episodes(history, limit).items()
            }
        expected |= {(f"公司{n}", "falling", "comprehensive_drop", day, None, True) for day in drops(ratios)}
    found = {
        (s, c, i, p, None if c == "falling" else since, met)
        for s, c, i, p, since, met in flags.select(
            "subject_id", "code", "item", "period_end", "since", "met"
        ).iter_rows()
        if i.startswith("comprehensive")
    }
    assert found == expected


# The audit and concentration


quarters_and_audits = st.tuples(
    st.integers(-300, 30_000), st.integers(1, 9_000), st.integers(-600, 600), st.integers(-200, 200)
)


def audit_items(before: tuple[Fraction, Fraction], after: tuple[Fraction, Fraction]) -> set[str]:
    found = set()
    (held, needed), (held_after, needed_after) = before, after
    if abs(held_after / needed_after - held / needed) > Fraction(3, 100):
        found.add("comprehensive")
    if held_after / needed_after < 1:
        found.add("comprehensive_fails")
    for item, was, now in (("actual_capital", held, held_after), ("minimum_capital", needed, needed_after)):
        if abs(now - was) > abs(was) / 100:
            found.add(item)
    return found


@settings(max_examples=30, deadline=None)
@given(st.lists(quarters_and_audits, min_size=1, max_size=6))
def test_what_the_audit_changed_is_what_the_oracle_finds(cases: list[tuple[int, int, int, int]]) -> None:
    day, filings, expected = DAYS[-1], [], set()
    for n, (held, needed, more, needs_more) in enumerate(cases):
        before = (Decimal(held) / 100, Decimal(needed) / 100)
        after = (Decimal(held + more) / 100, Decimal(max(needed + needs_more, 1)) / 100)
        for basis, (actual, required) in (("quarterly", before), ("annual", after)):
            filings.append(filing(f"公司{n}", day, actual, required, core=required * 900, basis=basis))
        fractions = [tuple(Fraction(v) for v in pair) for pair in (before, after)]
        expected |= {(f"公司{n}", item) for item in audit_items(*fractions)}  # type: ignore[arg-type]
    flags = flags_of(*filings, as_of=DAYS[0]).flags.filter(code="audit_change")
    found = {(s, i) for s, i in flags.select("subject_id", "item").iter_rows() if not i.startswith("core")}
    assert found == expected


measures = st.dictionaries(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["counterparty", "sector", "customer"]), st.sampled_from("甲乙")
    ),
    st.tuples(st.integers(0, 120), st.sampled_from([0, 50, 100])),
    max_size=14,
)


@settings(max_examples=30, deadline=None)
@given(measures, st.lists(st.integers(0, 3), unique=True))
def test_concentration_is_up_when_and_since_the_oracle_says(
    given_measures: dict[tuple[int, str, str], tuple[int, int]], stated: list[int]
) -> None:
    """Four half-years; ``stated`` are those whose lines say computed, so that an empty test counts as made."""
    halves = DAYS[1::2]
    rows = [
        (
            "集团",
            halves[n],
            test,
            party,
            Decimal(exposure),
            Decimal(limit),
            Decimal(max(exposure - limit, 0)) / 20,
        )
        for (n, test, party), (exposure, limit) in given_measures.items()
    ]
    lines = [
        ("集团", halves[n], f"{test}_concentration_minimum_capital", Decimal(0), "万元", "computed", "")
        for n in stated
        for test in ("counterparty", "sector", "customer")
    ]
    columns = ("group_id", "period_end", "test", "party", "exposure", "limit", "charge")
    frame = pl.DataFrame(
        rows, schema={c: ConcentrationMeasures.polars_schema()[c] for c in columns}, orient="row"
    )
    flags = flags_of(
        concentration=frame, lines=pl.DataFrame(lines, schema=StatementLines.polars_schema(), orient="row")
    ).flags.filter(code="concentration")
    expected = set()
    for test, party in {(t, p) for _, t, p in given_measures}:
        looked = [n for n in range(4) if n in stated or any(m[:2] == (n, test) for m in given_measures)]
        for level in ("", "_near"):
            since = None
            for n in looked:
                exposure, limit = given_measures.get((n, test, party), (0, 1))
                above = exposure > limit
                up = above if not level else not above and limit > 0 and 10 * exposure >= 9 * limit
                since = (since or halves[n]) if up else None
                if since is not None:
                    expected.add((f"{test}{level}", party, halves[n], since, n == looked[-1]))
    assert set(flags.select("item", "party", "period_end", "since", "latest").iter_rows()) == expected
