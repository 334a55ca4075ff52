"""What falls on other members when one of them fails: clearing of debts, and the second round of a scenario."""
