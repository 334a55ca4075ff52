"""The store that remembers: filings, runs and what they computed, as they counted and as they were known."""
