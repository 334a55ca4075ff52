"""Exactly one rule applies to every company: kinds × types of group × relations × how it is said × filings × places × dates.

Rule 19 A2, A3, A16–A19 once more as plain tables in the law's words. Every combination stands in one filing set as a group of
its own, so that an error in one touches no other, and the run must give for each what the tables say: one amount on one line
by one article, or one finding, or – for who is outside, and for who by law needs nothing – neither.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import read_filing_set
from consolidation.filing_set.schemas.columns import ENTITY_KINDS
from consolidation.filing_set.schemas.structure import Groups, Ownership
from consolidation.findings import Severity
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope

pytestmark = pytest.mark.slow  # computes every member kind × group type × relation × date

# --- all that there is ----------------------------------------------------------------------------------------------------

INSURERS = ("life", "property", "reinsurance")
OTHER_REGULATED = ("bank", "trust", "securities", "futures")
UNREGULATED = ("holding", "asset_manager", "other")
KINDS = (*INSURERS, *OTHER_REGULATED, *UNREGULATED)
TYPES = ("insurance_holding", "non_insurance_holding", "mixed")
RELATIONS = ("parent", "subsidiary", "joint_venture", "associate", "outside")
SAID = ("register", "list", "list without relations")
FILED = ("as an insurer", "with its own supervisor", "nothing")
PLACES = ("CN", "HK")
BEFORE, DAYS = "2021-12-31", ("2022-03-31", "2023-06-30", "2023-12-31", "2025-12-31")
"""Before the rule; its first period, before and after the notice of 2023 took effect, the last of the transition."""

# --- the law as tables ----------------------------------------------------------------------------------------------------

MEMBERS = {
    ("insurance_holding", "register"): KINDS,  # A3(5): 母公司及其各层级子公司和合营企业
    ("non_insurance_holding", "register"): (*INSURERS, "asset_manager"),  # A3(5): 保险公司、保险资产管理公司
    ("insurance_holding", "list"): KINDS,
    ("non_insurance_holding", "list"): KINDS,  # A3(5): 银保监会认为应纳入审慎监管范畴的其他关联公司
    ("mixed", "list"): KINDS,
}
PARENTS = {
    "insurance_holding": ("holding", *INSURERS),  # A3(1): 保险集团（控股）公司或保险公司
    "non_insurance_holding": (*OTHER_REGULATED, *UNREGULATED),  # A3(2): 非保险机构
    "mixed": (),  # A3(3): 不具有显性的控制人
}
SHARES = {"parent": 1, "subsidiary": 1, "joint_venture": Decimal("0.5")}  # A16; A18: the members hold half
ENTERS = {"joint_venture": ", A18"}
LINES = {
    **dict.fromkeys(INSURERS, "insurance_members_minimum_capital"),
    "bank": "bank_members_minimum_capital",
    "trust": "trust_members_minimum_capital",
    "securities": "securities_members_minimum_capital",
    "futures": "securities_members_minimum_capital",
    **dict.fromkeys(UNREGULATED, "other_members_minimum_capital"),
}
MEASURES = {  # A17(3), and what the supervisor sets, A17(1)(5)
    "bank": ("risk_weighted_assets", "1000", "0.1"),
    "trust": ("risk_capital", "100", ""),
    "securities": ("risk_capital_reserve", "100", ""),
    "futures": ("risk_capital_reserve", "100", ""),
    **dict.fromkeys((*INSURERS, *UNREGULATED), ("set_minimum_capital", "100", "")),
}
OWN_ARTICLE = {
    ("as an insurer", "CN"): dict.fromkeys(KINDS, "Rule 19 A16, A17(1)"),
    ("as an insurer", "HK"): dict.fromkeys(KINDS, "Rule 19 A16, A17(2)"),
    ("with its own supervisor", "CN"): {
        **dict.fromkeys(OTHER_REGULATED, "Rule 19 A17(3)"),
        "holding": "Rule 19 A17(1)",
        "asset_manager": "Rule 19 A17(5)",
        "other": "Rule 19 A17(5)",
    },
    ("with its own supervisor", "HK"): {
        **dict.fromkeys(OTHER_REGULATED, "Rule 19 A17(4)"),
        "holding": "Rule 19 A17(1)",
        "asset_manager": "Rule 19 A17(5)",
        "other": "Rule 19 A17(5)",
    },
}
"""By which paragraph a member's own minimum capital is taken; a pair without a kind has none."""
OWN = Decimal(100)

ABOUT_THE_MEMBER = frozenset(
    (
        "member-not-filed",
        "sector-filing-unused",
        "minimum-capital-absent",
        "measure-of-another-sector",
        "required-ratio-missing",
        "overseas-rules-not-stated",
        "overseas-local-rules",
        "overseas-size-unknown",
        "domestic-local-rules",
        "parent-of-another-type",
        "parent-not-visible",
        "parents-several",
        "parent-listed-otherwise",
        "parent-not-listed",
        "relation-differs",
        "associate-listed",
        "controlled-not-listed",
        "controlled-together",
        "held-by-joint-venture",
        "joint-venture-without-stakes",
        "joint-venture-not-held",
        "joint-venture-holder-not-listed",
        "register-incomplete",
        "no-rule-in-force",
    )
)
"""The findings about whether and how a company enters the requirement."""


CAPITAL = {"as an insurer": Decimal(2000), "with its own supervisor": Decimal(300)}
"""A39: 成员公司的实际资本, as each files it; an insurer's only as an insurer."""


@dataclass(frozen=True)
class Case:
    number: int
    type: str
    said: str
    kind: str
    relation: str
    filed: str
    place: str

    @property
    def group(self) -> str:
        return f"G{self.number}"

    @property
    def company(self) -> str:
        return f"S{self.number}"


@dataclass(frozen=True)
class Treatment:
    """What the law does with a company: what it gives to which line by which article, and what is told of it."""

    line: str = ""
    relation: str = ""
    share: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    article: str = ""
    told: tuple[str, ...] = ()


def cases() -> list[Case]:
    """Every combination that a filing set can say. A group without a visible parent has no register to start from, and
    names one only in words.
    """
    found = [
        combination
        for combination in product(TYPES, SAID, KINDS, RELATIONS, FILED, PLACES)
        if not (combination[0] == "mixed" and combination[1] == "register")
        and not (combination[:2] == ("mixed", "list without relations") and combination[3] == "parent")
    ]
    return [Case(number, *combination) for number, combination in enumerate(found)]


CASES = cases()


def lawful(case: Case) -> Treatment:
    """The law's treatment of the case, from the tables above."""
    if case.relation in ("associate", "outside"):  # no member: A3(5) knows subsidiaries and joint ventures
        return Treatment()
    of_type: tuple[str, ...] = ()
    if case.relation == "parent" and case.kind not in PARENTS[case.type]:
        of_type = ("parent-not-visible" if case.type == "mixed" else "parent-of-another-type",)
    if not is_member(case):
        if case.relation == "parent" and (case.filed, MEASURES[case.kind][0]) == (
            "with its own supervisor",
            "set_minimum_capital",
        ):  # A17(1): 非保险控股型集团的母公司
            return Treatment("parent_minimum_capital", "parent", Decimal(1), OWN, "Rule 19 A17(1)", of_type)
        return Treatment(told=of_type)
    article = OWN_ARTICLE.get((case.filed, case.place), {}).get(case.kind)
    if article is None:
        told = of_type
        if case.kind not in UNREGULATED:  # A17(5): 非受监管公司的最低资本要求为零
            told = (*told, "member-not-filed")
        if case.filed == "with its own supervisor":  # an insurer's is what it files as an insurer, A17(1)(2)
            told = (*told, "sector-filing-unused")
        return Treatment(told=told)
    told = of_type
    share = Decimal(SHARES[case.relation])
    line = "parent_minimum_capital" if case.relation == "parent" else LINES[case.kind]
    return Treatment(line, case.relation, share, share * OWN, article + ENTERS.get(case.relation, ""), told)


def is_member(case: Case) -> bool:
    listed = "register" if case.said == "register" else "list"
    return case.relation in SHARES and case.kind in MEMBERS[case.type, listed]


def capital_of(case: Case) -> Decimal | str | None:
    """What of the company's capital the group adds up, or what is told; None where it adds up nobody's or it is no member."""
    if case.type == "insurance_holding" or not is_member(case):  # A37: 以合并财务报表为基础
        return None
    if case.filed == "nothing" or (case.kind in INSURERS and case.filed == "with its own supervisor"):
        return "member-capital-missing"
    return CAPITAL[case.filed] * Decimal(SHARES[case.relation])


# --- the filing set -------------------------------------------------------------------------------------------------------


def rows_of(case: Case) -> Iterator[tuple[str, dict[str, str]]]:
    """One group: the company asked about, an insurer A beside it that always files, and a parent H where there is one."""
    group, company, anchor, head = case.group, case.company, f"A{case.number}", f"H{case.number}"
    parent = company if case.relation == "parent" else head
    visible = case.type != "mixed"
    yield (
        "groups",
        {"group_id": group, "name": group, "type": case.type, "parent_id": parent if visible else ""},
    )
    yield "entities", {"entity_id": company, "name": company, "kind": case.kind, "jurisdiction": case.place}
    yield "entities", {"entity_id": anchor, "name": anchor, "kind": "life", "jurisdiction": ""}
    owner = parent if visible else anchor
    if visible:
        yield "ownership", stake(owner, anchor, "1", "subsidiary")
    if visible and parent == head:
        kind = {"insurance_holding": "holding", "non_insurance_holding": "other"}[case.type]
        yield "entities", {"entity_id": head, "name": head, "kind": kind, "jurisdiction": ""}
    ours, theirs = {
        "parent": ("", ""),
        "subsidiary": ("0.8", "0.2"),
        "joint_venture": ("0.5", "0.5"),
        "associate": ("0.2", "0.8"),
        "outside": ("", "1"),
    }[case.relation]
    if ours:
        yield "ownership", stake(owner, company, ours, case.relation)
    if theirs:
        yield "ownership", stake("X", company, theirs, "associate")
    if case.said != "register":
        words = {anchor: "subsidiary"}
        if case.type == "insurance_holding":
            words[parent] = "parent"
        if case.relation not in ("associate", "outside"):
            words[company] = case.relation
        for member, word in words.items():
            relation = word if case.said == "list" else ""
            yield "group_members", {"group_id": group, "entity_id": member, "relation": relation}
    for day in (BEFORE, *DAYS):
        yield "solo_filings", report(anchor, "life", day, "1000")
        if case.filed == "as an insurer":
            yield "solo_filings", report(company, case.kind, day, f"{OWN}")
        elif case.filed == "with its own supervisor":
            measure, amount, ratio = MEASURES[case.kind]
            yield (
                "sector_filings",
                {
                    "entity_id": company,
                    "period_end": day,
                    "measure": measure,
                    "amount": amount,
                    "required_ratio": ratio,
                    "actual_capital": "300",
                },
            )


def stake(owner: str, company: str, part: str, relation: str) -> dict[str, str]:
    return {
        "owner_id": owner,
        "entity_id": company,
        "valid_from": "2010-01-01",
        "stake": part,
        "relation": relation,
    }


def report(company: str, kind: str, day: str, minimum: str) -> dict[str, str]:
    return {
        "entity_id": company,
        "kind": kind,
        "period_end": day,
        "basis": "quarterly",
        "actual_capital": "2000",
        "minimum_capital": minimum,
        "rules": "c_ross",
    }


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Consolidation:
    """One run over all combinations."""
    folder = tmp_path_factory.mktemp("every-combination")
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    tables["entities"].append({"entity_id": "X", "name": "X", "kind": "other", "jurisdiction": ""})
    for case in CASES:
        for table, row in rows_of(case):
            tables[table].append(row)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return consolidate(read_filing_set(str(folder)), Rulebook.load(), Scope(quarterly=True))


@pytest.fixture(scope="module")
def treated(result: Consolidation) -> dict[tuple[str, str], Treatment]:
    """What the run did with the company of each case, by group and day. Two amounts for one company fail here."""
    found: dict[tuple[str, str], Treatment] = {}
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    company_of = {case.group: case.company for case in CASES}
    for finding in result.findings:
        if finding.code in ABOUT_THE_MEMBER and finding.period_end is not None:
            assert finding.entity_id in (company_of[finding.group_id], ""), finding.message()
            told[finding.group_id, finding.period_end.isoformat()].append(finding.code)
    for row in result.contributions.iter_rows(named=True):
        if row["entity_id"] != company_of[row["group_id"]] or not row["line"].endswith("_minimum_capital"):
            continue
        key = row["group_id"], row["period_end"].isoformat()
        assert key not in found, f"{row['entity_id']} counts twice"
        found[key] = Treatment(row["line"], row["relation"], row["share"], row["amount"], row["article"])
    keys = {(case.group, day) for case in CASES for day in (BEFORE, *DAYS)}
    return {
        key: Treatment(
            *(getattr(found.get(key, Treatment()), name) for name in ("line", "relation", "share", "amount")),
            found.get(key, Treatment()).article,
            tuple(sorted(told[key])),
        )
        for key in keys
    }


# --- the proof ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("type", "said"), sorted({(case.type, case.said) for case in CASES}))
def test_one_rule_applies_and_it_is_the_laws(
    type: str, said: str, day: str, treated: dict[tuple[str, str], Treatment]
) -> None:
    asked = [case for case in CASES if (case.type, case.said) == (type, said)]
    differ = {
        case: (treated[case.group, day], expected)
        for case in asked
        if treated[case.group, day] != (expected := in_order(lawful(case)))
    }
    assert asked and not differ


def test_the_capital_of_every_member_enters_once_or_is_told_to_be_missing(result: Consolidation) -> None:
    company_of = {case.group: case.company for case in CASES}
    found: dict[tuple[str, str], list[Decimal | str]] = defaultdict(list)
    for group, day, line, company, amount in result.contributions.select(
        "group_id", "period_end", "line", "entity_id", "amount"
    ).iter_rows():
        if line == "actual_capital" and company == company_of[group]:
            found[group, day.isoformat()].append(amount)
    for finding in result.findings:
        if (
            finding.code == "member-capital-missing"
            and finding.entity_id == company_of[finding.group_id]
            and finding.period_end is not None
        ):
            found[finding.group_id, finding.period_end.isoformat()].append(finding.code)
    for case, day in product(CASES, DAYS):
        expected = capital_of(case)
        assert found[case.group, day] == ([] if expected is None else [expected]), case


def in_order(treatment: Treatment) -> Treatment:
    return Treatment(
        treatment.line,
        treatment.relation,
        treatment.share,
        treatment.amount,
        treatment.article,
        tuple(sorted(treatment.told)),
    )


def test_no_combination_is_stopped_or_left_without_a_statement(result: Consolidation) -> None:
    made = {(s.group_id, s.period_end.isoformat()) for s in result.statements}
    assert made == {(case.group, day) for case in CASES for day in DAYS}


def test_a_group_without_parent_and_list_has_no_members_and_one_error(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("group_id,name,type,parent_id\nM,M,mixed,\n", "utf-8")
    (tmp_path / "solo_filings.csv").write_text(
        "entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,2,1\n",
        "utf-8",
    )
    made = consolidate(read_filing_set(str(tmp_path)), Rulebook.load())
    assert [f.code for f in made.findings if f.severity is Severity.ERROR] == ["group-without-members"]
    assert not made.statements


def test_the_tables_speak_of_every_outcome() -> None:
    """So that the proof above is not empty: every line, share and article, and every finding, is some case's."""
    outcomes = [lawful(case) for case in CASES]
    assert {o.line for o in outcomes} == {"", "parent_minimum_capital", *LINES.values()}
    assert {o.share for o in outcomes} == {0, Decimal("0.5"), 1}
    assert {code for o in outcomes for code in o.told} == {
        "member-not-filed",
        "sector-filing-unused",
        "parent-of-another-type",
        "parent-not-visible",
    }
    assert len({o.article for o in outcomes}) == 13


def test_the_line_is_what_the_company_and_the_insurer_beside_it_give(result: Consolidation) -> None:
    expected = {case.group: lawful(case).amount + 1000 for case in CASES}
    assert {s.group_id: s.amount("minimum_capital") for s in result.statements} == expected


def test_before_the_rule_every_group_has_one_error_and_no_statement(
    result: Consolidation, treated: dict[tuple[str, str], Treatment]
) -> None:
    errors = [f for f in result.findings if f.severity is Severity.ERROR]
    assert sorted((f.code, f.group_id) for f in errors) == sorted(
        ("no-rule-in-force", case.group) for case in CASES
    )
    assert all(treated[case.group, BEFORE].amount == 0 for case in CASES)


def test_a_kind_a_type_or_a_line_that_the_tables_do_not_know_would_be_missed() -> None:
    assert set(KINDS) == set(ENTITY_KINDS)
    assert set(TYPES) == set(Groups.columns()["type"].metadata["rules"].choices)
    assert set(RELATIONS) - {"parent", "outside"} == set(
        Ownership.columns()["relation"].metadata["rules"].choices
    )


# --- an insurer's own rules: A17(1)(2) ------------------------------------------------------------------------------------

SIZES = {"below": "40", "at": "50", "above": "50.000001", "unknown": ""}
"""Total assets, 5% of the group's 1,000 being 50."""


def told_of(place: str, rules: str, equivalent: bool, size: str) -> str:
    """The finding about an insurer's rules; none where it may count as it filed."""
    if place == "CN":  # 境内保险成员公司的最低资本按银保监会相关规定计算
        return "domestic-local-rules" if rules == "local" else ""
    if rules != "local":  # 境外保险成员公司的最低资本按中国偿付能力监管规则计算
        return "" if rules == "c_ross" else "overseas-rules-not-stated"
    if equivalent or size in ("below", "at"):  # 不超过集团总资产5%的，或……等效资格的
        return ""
    return "overseas-size-unknown" if size == "unknown" else "overseas-local-rules"


def test_every_insurer_counts_by_one_rule_or_stops_its_group(tmp_path: Path) -> None:
    asked = list(product(TYPES, INSURERS, PLACES, ("c_ross", "local", ""), (False, True), SIZES))
    day = "2023-06-30"
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for number, (type, kind, place, rules, equivalent, size) in enumerate(asked):
        group, company, anchor = f"G{number}", f"S{number}", f"A{number}"
        tables["groups"].append({"group_id": group, "name": group, "type": type, "parent_id": ""})
        for entity, what, where, equal in (
            (anchor, "life", "CN", ""),
            (company, kind, place, "true" if equivalent else "false"),
        ):
            tables["entities"].append(
                {
                    "entity_id": entity,
                    "name": entity,
                    "kind": what,
                    "jurisdiction": where,
                    "equivalent_regime": equal,
                }
            )
            tables["group_members"].append({"group_id": group, "entity_id": entity, "relation": "subsidiary"})
        tables["group_financials"].append(
            {
                "group_id": group,
                "period_end": day,
                "total_assets": "1000",
                "net_assets": "100",
                "income": "100",
            }
        )
        tables["solo_filings"].append({**report(anchor, "life", day, "1000"), "total_assets": "1"})
        tables["solo_filings"].append(
            {**report(company, kind, day, "100"), "rules": rules, "total_assets": SIZES[size]}
        )
    for name, rows in tables.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    result = consolidate(read_filing_set(str(tmp_path)), Rulebook.load())

    told: dict[str, list[str]] = defaultdict(list)
    for finding in result.findings:
        if finding.code in ABOUT_THE_MEMBER:
            told[finding.group_id].append(finding.code)
    sums = {s.group_id: s.amount("minimum_capital") for s in result.statements}
    for number, (_, _, place, rules, equivalent, size) in enumerate(asked):
        expected = told_of(place, rules, equivalent, size)
        stopped = expected not in ("", "overseas-rules-not-stated")
        assert told[f"G{number}"] == ([expected] if expected else []), asked[number]
        assert sums.get(f"G{number}") == (None if stopped else 1100), asked[number]
