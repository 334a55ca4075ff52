"""A scenario in a link: what is written is read back, and nothing unsound gets in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.statement_lines import CAPITAL_TIER_LINES
from monitoring.what_if.scenario import (
    KINDS,
    MOST_TEXT,
    MemberChange,
    Purchase,
    UnusableWhatIf,
    WhatIfScenario,
    read_scenario,
    write_scenario,
)

number = st.decimals(-(10**12), 10**12, places=6, allow_nan=False, allow_infinity=False)
positive = st.decimals(0, 10**12, places=6, allow_nan=False, allow_infinity=False)
rate = st.decimals(0, 1, places=6, allow_nan=False, allow_infinity=False)
name = st.text(min_size=1, max_size=60).filter(str.strip)
change = st.one_of(
    st.builds(MemberChange, number, positive),
    st.builds(MemberChange, number),
    st.builds(MemberChange, st.none(), positive),
)
scenario = st.builds(
    WhatIfScenario,
    score=st.one_of(st.none(), positive),
    injection=number.filter(bool),
    tier=st.sampled_from(CAPITAL_TIER_LINES),
    members=st.dictionaries(name.map("m".__add__), change, max_size=4),
    sold=st.dictionaries(name.map("s".__add__), positive, max_size=4),
    bought=st.lists(
        st.builds(Purchase, name, st.sampled_from(KINDS), number, positive, positive, rate.filter(bool)),
        max_size=3,
    ).map(tuple),
    defaults=st.dictionaries(name, rate, max_size=4),
)


@given(scenario)
def test_what_is_written_is_read_back(asked: WhatIfScenario) -> None:
    assert read_scenario(write_scenario(asked)) == asked


def test_no_change_is_no_text() -> None:
    assert write_scenario(WhatIfScenario()) == ""
    assert read_scenario("") == WhatIfScenario()


def test_names_with_markup_formulas_and_commas_stay_what_they_are() -> None:
    odd = '=HYPERLINK("x"),<script>alert(1)</script>,\'";&#'
    asked = WhatIfScenario(members={odd: MemberChange(Decimal(1))}, defaults={odd: Decimal("0.5")})
    assert read_scenario(write_scenario(asked)) == asked


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "unreadable"),
        ("[]", "unreadable"),
        ("null", "unreadable"),
        ("[" * 5000, "unreadable"),
        ('{"scores":"1"}', "unreadable"),
        ('{"tier":"tier 9"}', "unreadable"),
        ('{"members":[]}', "unreadable"),
        ('{"members":{"A":{}}}', "unreadable"),
        ('{"members":{"A":{"profit":"1"}}}', "unreadable"),
        ('{"bought":[{"name":"A"}]}', "unreadable"),
        ('{"score":"NaN"}', "not-a-number"),
        ('{"score":NaN}', "not-a-number"),
        ('{"score":null}', "not-a-number"),
        ('{"members":{"A":{"capital":null,"requirement":"1"}}}', "not-a-number"),
        ('{"bought":[{"name":"A","kind":"life","capital":"1","requirement":"1","price":"1"}]}', "unreadable"),
        ('{"score":Infinity}', "not-a-number"),
        ('{"score":true}', "not-a-number"),
        ('{"score":"80%"}', "not-a-number"),
        ('{"score":"1e999999999"}', "too-many-digits"),
        ('{"score":"1e-999999999"}', "too-many-digits"),
        ('{"injection":"0.0000001"}', "too-many-digits"),
        ('{"injection":"10000000000000"}', "too-many-digits"),
        ('{"members":{"A":{"requirement":"-1"}}}', "out-of-range"),
        ('{"sold":{"A":"-1"}}', "out-of-range"),
        ('{"defaults":{"A":"1.1"}}', "out-of-range"),
        ('{"sold":{"A":"1"},"members":{"A":{"capital":"1"}}}', "sold-and-changed"),
        (
            '{"bought":[{"name":" ","kind":"life","capital":"1","requirement":"1","price":"1","share":"1"}]}',
            "no-name",
        ),
        (
            '{"bought":[{"name":"A","kind":"circus","capital":"1","requirement":"1","price":"1","share":"1"}]}',
            "unreadable",
        ),
        (
            '{"bought":[{"name":"A","kind":"life","capital":"1","requirement":"1","price":"1","share":"0"}]}',
            "out-of-range",
        ),
        ('"' + "x" * MOST_TEXT + '"', "unreadable"),
    ],
)
def test_what_is_unsound_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnusableWhatIf) as caught:
        read_scenario(text)
    assert caught.value.code == code


def test_numbers_written_bare_are_read_exactly() -> None:
    assert read_scenario('{"score":82.34,"injection":100}') == WhatIfScenario(Decimal("82.34"), Decimal(100))
