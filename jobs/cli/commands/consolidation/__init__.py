"""Commands that read a filing set and compute: check, consolidate, explain, stress, other readings, data to measure with."""
