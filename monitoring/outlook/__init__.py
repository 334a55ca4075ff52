"""Early warning with a score: where ratios go next, how probable a limit is, and how good such forecasts have been."""
