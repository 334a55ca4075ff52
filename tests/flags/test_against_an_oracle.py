"""The flags against a second reading of the rules, one company and period at a time, in fractions, on random filings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.flags.absence import quarter_ends
from tests.flags.build import BOOK, filing, flags_of

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


def spells(
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


def trends(ratios: Sequence[Fraction | None]) -> set[date]:
    known = [(n, r) for n, r in enumerate(ratios) if r is not None]
    found = set()
    for end in range(3, len(known)):
        four = known[end - 3 : end + 1]
        gaps = {b[0] - a[0] for a, b in zip(four, four[1:], strict=False)}
        y = [r for _, r in four]
        b = (-3 * y[0] - y[1] + y[2] + 3 * y[3]) / 10
        ahead = sum(y) / 4 + b * Fraction(7, 2)
        if len(gaps) == 1 and b < 0 and any(y[3] >= limit > ahead for limit in LIMITS.values()):
            found.add(DAYS[four[3][0]])
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(histories, min_size=1, max_size=4))
def test_thresholds_drops_and_trends_are_those_of_the_oracle(
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
                for day, (since, met) in spells(history, limit).items()
            }
        expected |= {(f"公司{n}", "falling", "comprehensive_drop", day, None, True) for day in drops(ratios)}
        expected |= {
            (f"公司{n}", "falling", "comprehensive_trend", day, None, True) for day in trends(ratios)
        }
    found = {
        (s, c, i, p, None if c == "falling" else since, met)
        for s, c, i, p, since, met in flags.select(
            "subject_id", "code", "item", "period_end", "since", "met"
        ).iter_rows()
        if i.startswith("comprehensive")
    }
    assert found == expected
