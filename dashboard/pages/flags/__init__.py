"""Flags: all that are up, and one with what people did about it."""
