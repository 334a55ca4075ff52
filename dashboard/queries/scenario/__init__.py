"""Stress tests and what a what-if starts from, as a person may see them."""
