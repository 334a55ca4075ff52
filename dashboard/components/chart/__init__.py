"""Charts: what is drawn, the frame that every one stands in, limit lines, a ratio's small trend."""
