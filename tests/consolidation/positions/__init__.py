"""Group-specific risk: exact, the same however the work is cut, and clear when it cannot be done."""
