"""What follows from a flag: supervisory measures, alerts, and reports that fall due."""
