"""Why the ratios of the demo's groups changed: every bridge of half a year, a year and all years adds up."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from jobs.demo import DemoIndustry
from monitoring.flags.attribution.gap_attribution import GapInputs
from monitoring.flags.attribution.ratio_bridge import bridge_of
from tests.monitoring.flags.attribution.test_company_bridge import assert_pairs_add_up
from tests.monitoring.flags.attribution.test_ratio_bridge import assert_adds_up

BRIDGES = 220
"""Two measures of every half-year and year of the demo's statements, and of all of a group's years at once."""


@pytest.mark.slow  # consolidates the demo and makes every bridge in it
def test_every_bridge_of_the_demo_adds_up(demo: DemoIndustry) -> None:
    filing_set = read_filing_set(str(demo.filings))
    result = consolidate(filing_set, Rulebook.load())
    inputs = GapInputs(
        lines=result.lines(),
        contributions=result.contributions,
        eliminations=result.eliminations,
        members=result.members,
        solo_filings=filing_set.tables["solo_filings"],
        sector_filings=filing_set.tables["sector_filings"],
    )
    made, moved = 0, 0
    for (group,), of_group in inputs.lines.group_by("group_id"):
        own = {
            name: getattr(inputs, name).filter(group_id=group)
            for name in ("lines", "contributions", "members")
        }
        of_it = GapInputs(
            **own,
            eliminations=inputs.eliminations.filter(group_id=group),
            solo_filings=inputs.solo_filings.filter(
                pl.col("entity_id").is_in(own["members"]["entity_id"].implode())
            ),
            sector_filings=inputs.sector_filings,
        )
        days = sorted(of_group["period_end"].unique())
        for opening, closing in (*pairwise(days), *zip(days, days[2:], strict=False), (days[0], days[-1])):
            for measure in ("core", "comprehensive"):
                found = bridge_of(of_it, str(group), opening, closing, measure)
                if found is not None:
                    assert_adds_up(found)
                    made += 1
                    moved += bool(found.joined or found.left)
    assert made == BRIDGES
    assert moved > 0
    assert assert_pairs_add_up(inputs.solo_filings, every=47) > 200
