"""Actual capital of a group (Rule 19 A37–A43): the consolidation method (1), the deduction method (2), the limits on tiers."""
