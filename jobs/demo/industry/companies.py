"""Who there is in the demo industry: groups, companies, and who owns whom.

``companies.yaml`` lists them; here is what its fields mean and how the groups' members follow from the register. Sizes are in
亿元 at the end of 2021, growth is a year's, paths (``ratio``, ``cover``, ``haircut``) are year-end values 2021 … 2025.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

SECTOR_KINDS = ("bank", "trust", "securities", "futures")
CONTROL = ("subsidiary", "joint_venture")


@dataclass(frozen=True, slots=True)
class Insurer:
    """One insurer's story: its size, how its solvency moves, how well it is run.

    ``ratio`` is the comprehensive ratio before the size coefficient, ``core`` the core share of actual capital at the
    start and the end, ``intensity`` the quantifiable requirement over assets (the kind's usual one if not given),
    ``shock`` a date from which the ratio is multiplied, ``silent_after`` the last period it files for, ``add_on`` the
    add-on capital of a systemically important company over its quantifiable requirement.
    """

    id: str
    name: str
    kind: str
    assets: float
    growth: float
    ratio: tuple[float, ...]
    core: tuple[float, float]
    score: str
    first: date = date(2022, 3, 31)
    silent_after: date | None = None
    intensity: tuple[float, ...] | None = None
    capital_share: float | None = None
    opens_business: date | None = None
    shock: tuple[date, float] | None = None
    add_on: float = 0.0
    jurisdiction: str = "CN"
    equivalent: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """A company that is no insurer.

    ``size`` is what its sector's rule counts, in 亿元 at the end of 2021 (risk-weighted assets, risk capital, risk
    capital reserve; for the rest net assets), ``cover`` its capital over the requirement.
    """

    id: str
    name: str
    kind: str
    size: float = 0.0
    growth: float = 0.0
    cover: tuple[float, ...] = (1.5, 1.5)
    requirement: str = ""
    jurisdiction: str = "CN"


@dataclass(frozen=True, slots=True)
class Shareholding:
    """A row of the ownership register."""

    owner: str
    company: str
    stake: str
    relation: str = "subsidiary"
    since: date = date(2012, 1, 1)
    until: date | None = None
    bears_shortfall: bool = False


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """One group.

    ``haircut`` is its capital over the sum of its members' (holding groups, year-end path); ``listed`` marks one whose members
    are given as a list; ``other_assets`` are industrial assets in 亿元.
    """

    id: str
    name: str
    name_en: str
    type: str
    parent: str | None = None
    haircut: tuple[float, ...] = (0.95, 0.95)
    score: str = ""
    assessed_from: date = date(2023, 6, 30)
    capped: bool = False
    listed: tuple[str, ...] = ()
    other_assets: float = 0.0
    publishes: bool = True


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member of a group on a date, with its relation and the share at which its capital counts.

    ``requirement_share`` is the same, but whole where the group would bear a joint venture's whole shortfall (A19).
    """

    id: str
    relation: str
    share: Decimal = field(default=Decimal(1))
    bears_shortfall: bool = False

    @property
    def requirement_share(self) -> Decimal:
        """The share of its requirement that counts in the group (A19)."""
        return Decimal(1) if self.bears_shortfall else self.share

    @property
    def consolidated(self) -> bool:
        """Whether its accounts are consolidated."""
        return self.relation != "joint_venture"


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


_FILE = yaml.load((Path(__file__).parent / "companies.yaml").read_text("utf-8"), yaml.CSafeLoader)

INSURERS = tuple(Insurer(**_fields(values)) for values in _FILE["insurers"])
COMPANIES = tuple(Company(**_fields(values)) for values in _FILE["companies"])
GROUPS = tuple(DemoGroup(**_fields(values)) for values in _FILE["groups"])
STAKES = tuple(Shareholding(**_fields(values)) for values in _FILE["stakes"])

INSURER = {insurer.id: insurer for insurer in INSURERS}
COMPANY = {company.id: company for company in COMPANIES}
GROUP = {group.id: group for group in GROUPS}


def kind_of(company: str) -> str:
    """Give the kind of a company, insurer or not."""
    return INSURER[company].kind if company in INSURER else COMPANY[company].kind


def members_on(group: DemoGroup, day: date) -> tuple[DemoMember, ...]:
    """Who was really in the group on ``day``: the parent of a holding group first, then all it controls or shares."""
    if group.listed:
        return tuple(DemoMember(company, "subsidiary") for company in group.listed)
    assert group.parent is not None
    held = [s for s in STAKES if s.since <= day and (s.until is None or day <= s.until)]
    found = {group.parent: DemoMember(group.parent, "parent")}
    for stake in held:  # the register lists owners before what they own
        if stake.owner in found and stake.relation in CONTROL and stake.company not in found:
            share = Decimal(1)
            if stake.relation == "joint_venture":
                share = sum(
                    (Decimal(s.stake) for s in held if s.company == stake.company and s.owner in found),
                    Decimal(0),
                )
            found[stake.company] = DemoMember(stake.company, stake.relation, share, stake.bears_shortfall)
    if group.type == "insurance_holding":
        return tuple(found.values())
    return tuple(m for m in found.values() if m.id in INSURER or kind_of(m.id) == "asset_manager")
