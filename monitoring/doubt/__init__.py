"""Figures in doubt: what their own filings contradict, until a person confirms it or a new filing ends it."""
