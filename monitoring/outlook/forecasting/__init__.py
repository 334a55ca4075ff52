"""The forecasts themselves: figures as they were known, points, bands and probabilities, replayed period by period."""
