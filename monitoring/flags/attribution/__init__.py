"""Attribute a group's distance from a limit to its members and lines (Rule 19 A151)."""
