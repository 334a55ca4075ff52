"""What the store remembers of runs and of people's acts."""
