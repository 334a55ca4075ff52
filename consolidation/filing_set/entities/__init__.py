"""The companies of a filing set: as they are known, called, easily mistaken for each other, and who succeeds whom."""
