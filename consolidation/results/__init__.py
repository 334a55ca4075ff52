"""The tables that a consolidation gives: their kinds of column and their schemas."""
