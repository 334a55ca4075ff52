"""The parts of the page Filings and runs: the list with its decisions, two runs side by side, and the upload of a set."""
