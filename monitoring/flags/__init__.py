"""Flags: what needs somebody's attention, from the tests to the store and the alerts about them."""
