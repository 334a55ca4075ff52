"""The members of a group under a scenario: their own results, their drivers and positions, and what shocks do to them."""
