"""The tables that say who is in which group on a date: groups, members, companies, stakes (A2, A3, A18)."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.columns import ENDS, ENTITY_KINDS
from consolidation.filing_set.schemas.traced import Traced


class Groups(Traced):
    """The insurance groups, one row each. A group without a row counts as ``insurance_holding``, with a warning."""

    group_id = c.key("the group")
    name = c.wanted(c.text("its name as filed"))
    name_en = c.optional(c.text("its English name"))
    type = c.choice(
        "what kind of group Rule 19 A2 sees", "insurance_holding", "non_insurance_holding", "mixed"
    )
    parent_id = c.optional(c.id_of("the parent company, an entity"))
    member_requirement = c.optional(
        c.choice("what of a member's minimum capital A16 adds up; empty: whole", "whole", "quantifiable")
    )
    controls_bank = c.optional(c.yes_no("a bank in the same hands that is no member (k1 of A23, A24)"))


GROUP_MEMBER_KEY = ("group_id", "entity_id", "valid_from")
"""The key of ``group_members``, whose ``valid_from`` may be empty, as dataframely's own keys may not."""


class GroupMembers(Traced):
    """Explicit membership, one row a member and span of days. Wins over ``ownership``.

    An empty ``relation`` takes the register's, else ``subsidiary``. Without ``valid_from`` a member always was one;
    ``valid_to`` is its last day.
    """

    group_id = c.id_of("the group")
    entity_id = c.id_of("the member")
    relation = c.optional(c.choice("how the group holds it", "parent", "subsidiary", "joint_venture"))
    coverage = c.optional(c.text("how complete the list is, in words"))
    valid_from = c.optional(c.day("the first day of this membership; empty: always"))
    valid_to = c.optional(c.day("the last day of this membership; empty: still a member"))

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        """The last day is not before the first."""
        return pl.col("valid_to") >= pl.col("valid_from")

    @dy.rule()
    def entity_id__duplicate_key(cls) -> pl.Expr:
        """No member stands twice in a group from the same day."""
        return pl.struct(GROUP_MEMBER_KEY).is_unique()


class Entities(Traced):
    """The companies. When this table is given, an id that is not in it is reported wherever it stands."""

    entity_id = c.key("the company")
    name = c.wanted(c.text("its name as filed"))
    kind = c.choice("what it is", *ENTITY_KINDS)
    jurisdiction = c.optional(c.text("country code; empty: CN"))
    equivalent_regime = c.optional(c.yes_no("its regime has solvency equivalence with China"))
    successor_id = c.optional(c.id_of("the company that goes on, by the id that it has there"))
    valid_to = c.optional(c.day("the last day under this id"))
    name_en = c.optional(c.text("its English name"))
    ended_by = c.optional(
        c.choice("what ended it; renamed: the successor is the same company under another name", *ENDS)
    )


class Ownership(Traced):
    """Who held how much of whom and when, one row a stake and span of days.

    ``valid_to`` is the last day it holds; empty: still held. The stakes in one company never exceed 1 on any day.
    """

    owner_id = c.key("the holder, direct")
    entity_id = c.key("the company held")
    valid_from = c.key_day("the first day of this stake")
    stake = c.fraction("the direct stake")
    relation = c.choice("what the holder has", "subsidiary", "joint_venture", "associate")
    valid_to = c.optional(c.day("the last day of this stake"))
    bears_shortfall = c.optional(c.yes_no("the group would bear the whole shortfall (A19)"))

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        """The last day is not before the first."""
        return pl.col("valid_to") >= pl.col("valid_from")
