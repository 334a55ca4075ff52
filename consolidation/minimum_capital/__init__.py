"""Minimum capital of a group (Rule 19 A15–A36, A127): members, group-specific risk, control risk."""
