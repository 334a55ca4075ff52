"""Seeds of the simulation as the suite runs them: in files, so that several workers may share them."""

from __future__ import annotations

from collections import Counter

from tests.simulation.simulation import Template, simulate


def nothing_goes_wrong_in(seeds: range, template: Template) -> None:
    """Run the seeds, in which everything that is to be looked at has to happen."""
    seen = Counter[str]()
    for seed in seeds:
        seen += simulate(seed, template).seen
    for happened in (
        *("kills", "taken over", "arrived", "arrived marked", "late", "days of deadlines"),
        *("sets", "runs", "events of flags", "copies of the store"),
    ):
        assert seen[happened], f"simulations without {happened} show nothing"
