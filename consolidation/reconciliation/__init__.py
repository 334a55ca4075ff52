"""The computed statement beside the published one, line by line, and the way from the solos to the ratio."""
