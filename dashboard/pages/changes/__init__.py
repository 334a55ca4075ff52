"""Why did it change: the way from one statement of a group to a later one, step by step."""
