"""Scenarios: filing set → filing set, and what a group's statement becomes (Rule 19 A143; Rule 10; docs/stress.md)."""
