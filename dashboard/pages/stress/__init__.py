"""The parts of the page Stress: groups × scenarios, one group with all that stands behind it, the industry."""
