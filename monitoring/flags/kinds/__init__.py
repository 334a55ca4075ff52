"""One file a kind of flag: its test and the rows that it makes; ``filings`` are those about filings themselves."""
