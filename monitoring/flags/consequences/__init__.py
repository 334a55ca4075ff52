"""What follows from a flag: alerts, and reports that fall due."""
