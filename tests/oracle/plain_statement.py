"""The whole statement of Rule 19 read once more, in plain Python: members, requirement, capital, ratios.

As :mod:`tests.oracle.plain_reading`, which reads the group-specific charges: tables are lists of dicts of text, one loop a
sentence of the law, no frame, nothing shared with the engine.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from tests.oracle import plain_reading
from tests.oracle.plain_reading import SIX_PLACES, Table, Tables, of

Lines = dict[str, Decimal | None]

INSURERS = ("life", "property", "reinsurance")
TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
NOTHING = Decimal(0)


def statement(tables: Tables, group_id: str, day: date) -> Lines:
    """Every line that the regulation names, six places; None where it cannot be computed."""
    with localcontext() as exact:
        exact.prec = 200
        lines = requirement(tables, group_id, day)
        if of(tables, "groups", group_id=group_id)[0]["type"] == "insurance_holding":
            lines |= from_consolidated_equity(tables, group_id, day)
        else:
            lines |= from_members(tables, group_id, day)
        return lines | solvency(lines)


def periods(tables: Tables, group_id: str) -> list[date]:
    """The half-years for which a member filed."""
    filed = [*tables.get("solo_filings", []), *tables.get("sector_filings", [])]
    ends = sorted({row["period_end"] for row in filed if row["period_end"][5:] in ("06-30", "12-31")})
    found = []
    for end in map(date.fromisoformat, ends):
        ids = {member["entity_id"] for member in members(tables, group_id, end)}
        if any(row["entity_id"] in ids and row["period_end"] == end.isoformat() for row in filed):
            found.append(end)
    return found


# --- who is in the group: A3, A18, A19 ------------------------------------------------------------------------------------


def register(tables: Tables, day: date) -> Table:
    return [
        row
        for row in tables.get("ownership", [])
        if row["valid_from"] <= day.isoformat()
        and (not row["valid_to"] or day.isoformat() <= row["valid_to"])
    ]


def controlled(tables: Tables, parent: str, day: date) -> dict[str, str]:
    """Company → subsidiary or joint_venture, all tiers."""
    stakes = register(tables, day)
    subsidiaries: set[str] = set()
    for _ in stakes:
        subsidiaries |= {
            s["entity_id"]
            for s in stakes
            if s["relation"] == "subsidiary" and s["owner_id"] in subsidiaries | {parent}
        } - {parent}
    ventures: set[str] = set()
    for _ in stakes:
        ventures |= (
            {
                s["entity_id"]
                for s in stakes
                if s["relation"] in ("subsidiary", "joint_venture")
                and s["owner_id"] in subsidiaries | ventures | {parent}
            }
            - {parent}
            - subsidiaries
        )
    return dict.fromkeys(subsidiaries, "subsidiary") | dict.fromkeys(ventures, "joint_venture")


def kind_of(tables: Tables, entity: str) -> str:
    return of(tables, "entities", entity_id=entity)[0]["kind"]


def listed_on(tables: Tables, group_id: str, day: date) -> Table:
    """The rows of the group's list that hold on the day."""
    return [
        row
        for row in of(tables, "group_members", group_id=group_id)
        if row.get("valid_from", "") <= day.isoformat()
        and (not row.get("valid_to") or day.isoformat() <= row["valid_to"])
    ]


def members(tables: Tables, group_id: str, day: date) -> Table:
    """entity_id, relation."""
    group = of(tables, "groups", group_id=group_id)[0]
    if of(tables, "group_members", group_id=group_id):
        listed = listed_on(tables, group_id, day)
        if not listed:
            return []
        found = said_or_registered(
            tables, group_id, {row["entity_id"]: row["relation"] for row in listed}, day
        )
        if group["parent_id"] in found or (group["parent_id"] and group["type"] == "insurance_holding"):
            found[group["parent_id"]] = "parent"
        return [{"entity_id": entity, "relation": relation} for entity, relation in found.items()]
    tree = {group["parent_id"]: "parent"} | controlled(tables, group["parent_id"], day)
    return [
        {"entity_id": entity, "relation": relation}
        for entity, relation in tree.items()
        if group["type"] == "insurance_holding" or kind_of(tables, entity) in (*INSURERS, "asset_manager")
    ]


def said_or_registered(tables: Tables, group_id: str, said: dict[str, str], day: date) -> dict[str, str]:
    """The list's word for each of its companies; without one the register's, and without that subsidiary.

    Who is a joint venture by the register makes joint ventures of what nobody else in the group controls. What only others
    hold, all of them jointly, is a joint venture too.
    """
    group = of(tables, "groups", group_id=group_id)[0]
    parent = group["parent_id"]
    everybody = {**said, **({parent: "parent"} if parent else {})}
    if parent and group["type"] == "non_insurance_holding":
        everybody = {**controlled(tables, parent, day), **everybody}
    for _ in said:
        for entity in said:
            if everybody[entity]:
                continue
            control = {
                ("subsidiary", "shared")[
                    everybody[s["owner_id"]] == "joint_venture" or s["relation"] != "subsidiary"
                ]
                for s in register(tables, day)
                if s["entity_id"] == entity and s["owner_id"] in everybody and s["relation"] != "associate"
            }
            stakes = [s for s in register(tables, day) if s["entity_id"] == entity]
            if not any(s["owner_id"] in everybody for s in stakes):
                control = {s["relation"] for s in stakes if s["relation"] != "associate"}
            if control in ({"shared"}, {"joint_venture"}):
                everybody[entity] = "joint_venture"
    return {entity: everybody[entity] or "subsidiary" for entity in said}


def holders(tables: Tables, group_id: str, day: date) -> set[str]:
    """Whose stakes are the group's: all but outsiders'. Whom an insurance holding group's list leaves out is one."""
    group = of(tables, "groups", group_id=group_id)[0]
    parent, inside = group["parent_id"], {member["entity_id"] for member in members(tables, group_id, day)}
    if not parent or (
        group["type"] == "insurance_holding" and of(tables, "group_members", group_id=group_id)
    ):
        return inside | ({parent} if parent else set())
    return inside | {parent, *controlled(tables, parent, day)}


def share(tables: Tables, group_id: str, member: dict[str, str], day: date) -> tuple[Decimal, bool]:
    """The part of a member that counts, and whether the group would bear all of its shortfall."""
    if member["relation"] != "joint_venture":
        return Decimal(1), False
    ours = [
        stake
        for stake in register(tables, day)
        if stake["entity_id"] == member["entity_id"] and stake["owner_id"] in holders(tables, group_id, day)
    ]
    bears_all = any(stake["bears_shortfall"] == "true" for stake in ours)
    return sum((Decimal(stake["stake"]) for stake in ours), NOTHING), bears_all


# --- minimum capital: A15–A17, A127 ---------------------------------------------------------------------------------------


def solo(tables: Tables, entity: str, day: date) -> dict[str, str] | None:
    rows = of(tables, "solo_filings", entity_id=entity, period_end=day.isoformat())
    return next((r for basis in ("annual", "quarterly") for r in rows if r["basis"] == basis), None)


def own_minimum(tables: Tables, group_id: str, entity: str, day: date) -> Decimal:
    filed = solo(tables, entity, day)
    quantifiable = of(tables, "groups", group_id=group_id)[0].get("member_requirement") == "quantifiable"
    column = "quantifiable_risk_minimum_capital" if quantifiable else "minimum_capital"
    if filed is not None and (filed["minimum_capital"] or kind_of(tables, entity) in INSURERS):
        return Decimal(filed.get(column) or 0)
    for row in of(tables, "sector_filings", entity_id=entity, period_end=day.isoformat()):
        if kind_of(tables, entity) in INSURERS:
            continue
        if row["measure"] == "risk_weighted_assets":
            return Decimal(row["amount"]) * Decimal(row["required_ratio"])
        return Decimal(row["amount"])
    return NOTHING


def line_of(kind: str, relation: str) -> str:
    if relation == "parent":
        return "parent_minimum_capital"
    sort = {"bank": "bank", "trust": "trust", "securities": "securities", "futures": "securities"}.get(kind)
    return f"{'insurance' if kind in INSURERS else sort or 'other'}_members_minimum_capital"


def requirement(tables: Tables, group_id: str, day: date) -> Lines:
    group = of(tables, "groups", group_id=group_id)[0]
    inside = members(tables, group_id, day)
    sums = dict.fromkeys(
        (
            "parent_minimum_capital",
            "insurance_members_minimum_capital",
            "bank_members_minimum_capital",
            "securities_members_minimum_capital",
            "trust_members_minimum_capital",
            "other_members_minimum_capital",
        ),
        NOTHING,
    )
    for member in inside:
        part, bears_all = share(tables, group_id, member, day)
        line = line_of(kind_of(tables, member["entity_id"]), member["relation"])
        sums[line] += own_minimum(tables, group_id, member["entity_id"], day) * (1 if bears_all else part)
    if group["parent_id"] and group["parent_id"] not in {m["entity_id"] for m in inside}:
        for row in of(
            tables,
            "sector_filings",
            entity_id=group["parent_id"],
            period_end=day.isoformat(),
            measure="set_minimum_capital",
        ):
            sums["parent_minimum_capital"] += Decimal(row["amount"])
    lines: Lines = {name: rounded(amount) for name, amount in sums.items()}

    specific = charges(tables, group_id, day, inside)
    counterparty, sector, customer = (specific[n] for n in ("counterparty", "sector", "customer"))
    concentration = rounded(((counterparty + sector) ** 2 + customer**2).sqrt())
    lines["contagion_risk_minimum_capital"] = specific["contagion"]
    lines["counterparty_concentration_minimum_capital"] = counterparty
    lines["sector_concentration_minimum_capital"] = sector
    lines["customer_concentration_minimum_capital"] = customer
    lines["concentration_risk_minimum_capital"] = concentration
    lines["concentration_diversification_effect"] = counterparty + sector + customer - concentration
    lines["group_specific_risk_minimum_capital"] = specific["contagion"] + concentration
    lines["diversification_reduction"] = lines["add_on_capital"] = NOTHING

    quantifiable = sum(
        (lines[name] or NOTHING for name in (*sums, "group_specific_risk_minimum_capital")), NOTHING
    )
    control = NOTHING
    so_far = [r for r in of(tables, "assessments", group_id=group_id) if r["period_end"] <= day.isoformat()]
    for row in sorted(so_far, key=lambda r: r["period_end"])[-1:]:  # the latest result counts
        score = Decimal(row["sarmra_score"])
        if row["capped"] == "true":
            score = min(score, Decimal(70))
        if score <= 70:
            factor = Decimal("0.75") - score / 100
        elif score <= 90:
            factor = Decimal("0.4") - score / 200
        else:
            factor = Decimal("0.85") - score / 100
        control = rounded(factor * quantifiable)
    lines["quantifiable_risk_minimum_capital"] = quantifiable
    lines["control_risk_minimum_capital"] = control
    lines["minimum_capital"] = quantifiable + control
    return lines


def charges(tables: Tables, group_id: str, day: date, inside: Table) -> dict[str, Decimal]:
    """Contagion between members; concentration of all that is consolidated, in a non-insurance group the whole tree."""
    group = of(tables, "groups", group_id=group_id)[0]
    beside: Table = []
    if group["type"] == "non_insurance_holding" and group["parent_id"]:
        tree = {group["parent_id"]: "parent"} | controlled(tables, group["parent_id"], day)
        ids = {member["entity_id"] for member in inside}
        beside = [
            {"group_id": group_id, "entity_id": e, "relation": r} for e, r in tree.items() if e not in ids
        ]
    then = tables | {"group_members": [{"group_id": group_id, **m} for m in inside], "outside": beside}
    if (
        group["type"] != "insurance_holding"
    ):  # a bank that a member controls is the group's, whether a member or not
        ours = [row["entity_id"] for row in [*inside, *beside]]
        below = {entity for company in ours for entity in controlled(tables, company, day)}
        if any(kind_of(tables, entity) == "bank" for entity in below):
            then["groups"] = [{**group, "controls_bank": "true"}]
    return plain_reading.charges(then, group_id, day)


# --- actual capital: A37–A43, Rule 1 A41 ----------------------------------------------------------------------------------


def from_consolidated_equity(tables: Tables, group_id: str, day: date) -> Lines:
    rows = of(tables, "group_capital", group_id=group_id, period_end=day.isoformat())
    if not rows:
        return as_published(tables, group_id, day)
    line = {int(row["line"]): Decimal(row["amount"]) for row in rows}

    def total(*numbers: int) -> Decimal:
        return sum((line.get(n, NOTHING) for n in numbers), NOTHING)

    core1, core2 = total(2, *range(4, 12), 13, 14, 15, 16, 17), total(20, 21, 22)
    banks = total(24, 25)  # core capital that the limit on core tier 2 does not look at and nothing cuts
    supplementary1, supplementary2 = total(*range(27, 33)), total(35, 36)
    surplus1, surplus2 = total(9), total(21)
    ceiling = Decimal("0.40") if day >= date(2023, 7, 1) else Decimal("0.35")
    cut1 = cut2 = NOTHING
    for _ in range(400):  # cut a little more until both limits hold: core tier 2, and policy surplus in core
        cut2 = max(cut2, core2 - max(core1 - cut1, NOTHING) * 3 / 7)
        core = core1 - cut1 + core2 - cut2 + banks
        left2 = max(surplus2 - cut2, NOTHING)
        over = max(surplus1 - cut1 + left2 - ceiling * core, NOTHING)
        cut2 += min(over, left2)
        cut1 += min(over - min(over, left2), max(surplus1 - cut1, NOTHING))
    # Cutting ever less never quite ends: what is missing must not decide a tie in the sixth place.
    cut1, cut2 = (cut.quantize(Decimal("1e-30"), ROUND_HALF_EVEN) for cut in (cut1, cut2))
    core1, core2 = (
        core1 - rounded(cut1),
        core2 - line.get(23, rounded(cut2)) + banks,
    )  # a given excess is used as it is
    room = max(core1 + core2, NOTHING)
    kept2 = min(supplementary2, room / 4, max(room - supplementary1 + line.get(33, NOTHING), NOTHING))
    kept2 = supplementary2 - line.get(37, rounded(supplementary2 - kept2))
    cut_s1 = min(max(supplementary1 + kept2 - room, NOTHING), max(supplementary1, NOTHING))
    tiers = (core1, core2, supplementary1 - line.get(33, cut_s1), kept2)
    return dict(zip(TIERS, tiers, strict=True)) | {"actual_capital": sum(tiers, NOTHING)}


def as_published(tables: Tables, group_id: str, day: date) -> Lines:
    rows = of(tables, "group_filings", group_id=group_id, period_end=day.isoformat())
    row = next((r for basis in ("annual", "quarterly") for r in rows if r["basis"] == basis), None)
    if row is None:
        return dict.fromkeys((*TIERS, "actual_capital"))
    return {name: Decimal(row[name]) if row[name] else None for name in (*TIERS, "actual_capital")}


def from_members(tables: Tables, group_id: str, day: date) -> Lines:
    sums = dict.fromkeys((*TIERS, "actual_capital"), NOTHING)
    inside = members(tables, group_id, day)
    for member in inside:
        part, _ = share(tables, group_id, member, day)
        filed = solo(tables, member["entity_id"], day)
        if filed is not None and filed["actual_capital"]:
            for name in sums:
                sums[name] += Decimal(filed[name] or 0) * part
            continue
        for row in of(tables, "sector_filings", entity_id=member["entity_id"], period_end=day.isoformat()):
            if row["actual_capital"] and kind_of(tables, member["entity_id"]) not in INSURERS:
                sums["core_tier1_capital"] += Decimal(row["actual_capital"]) * part
                sums["actual_capital"] += Decimal(row["actual_capital"]) * part
    ids = {member["entity_id"]: share(tables, group_id, member, day)[0] for member in inside}
    for row in of(tables, "capital_links", period_end=day.isoformat()):
        if row["investor_id"] in ids and row["issuer_id"] in ids:
            counted = Decimal(row["counted_by_investor"])
            if row["instrument"] == "equity":
                tier, twice = "core_tier1_capital", counted
            else:
                tier = row["tier"] or "supplementary_tier1_capital"
                twice = max(counted - Decimal(row["not_counted_by_issuer"] or 0), NOTHING)
            twice *= ids[
                row["investor_id"]
            ]  # what the investor brought into the sum, it brought in by its share
            sums[tier] -= twice
            sums["actual_capital"] -= twice
    for row in of(tables, "asset_transfers", period_end=day.isoformat()):
        if row["from_id"] in ids and row["to_id"] in ids:
            gain = max(Decimal(row["value_at_transferee"]) - Decimal(row["value_at_transferor"]), NOTHING)
            sums["core_tier1_capital"] -= gain
            sums["actual_capital"] -= gain
    return {name: rounded(amount) for name, amount in sums.items()}


# --- ratios: A12 ----------------------------------------------------------------------------------------------------------


def solvency(lines: Lines) -> Lines:
    required = lines["minimum_capital"]
    assert required is not None
    one, two = lines["core_tier1_capital"], lines["core_tier2_capital"]
    core = None if one is None or two is None else one + two
    found: Lines = {}
    for name, held, times in (
        ("core", core, Decimal("0.5")),
        ("comprehensive", lines["actual_capital"], Decimal(1)),
    ):
        found[f"{name}_solvency_surplus"] = None if held is None else rounded(held - times * required)
        has_ratio = held is not None and required > 0
        found[f"{name}_solvency_ratio"] = rounded(held / required) if has_ratio else None
    return found


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(SIX_PLACES, ROUND_HALF_EVEN)
