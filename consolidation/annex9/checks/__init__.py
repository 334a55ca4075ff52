"""What the sheets of an insurer's form say of each other: S01 beside S02 and S05, totals beside parts, opening beside stored balances."""
