"""Flags about filings: missing, not adding up, changed by the audit."""
