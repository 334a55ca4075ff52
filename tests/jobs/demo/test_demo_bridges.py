"""Why the ratios of the demo's groups changed: every bridge between two of their statements adds up."""

from __future__ import annotations

from itertools import combinations

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

BRIDGES = 434
"""Two measures of every pair of the demo's statements."""


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
        for opening, closing in combinations(sorted(of_group["period_end"].unique()), 2):
            for measure in ("core", "comprehensive"):
                found = bridge_of(of_it, str(group), opening, closing, measure)
                if found is not None:
                    assert_adds_up(found)
                    made += 1
                    moved += bool(found.joined or found.left)
    assert made == BRIDGES
    assert moved > 0
    assert assert_pairs_add_up(inputs.solo_filings, every=47) > 200
