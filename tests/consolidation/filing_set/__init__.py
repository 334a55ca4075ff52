"""The border of the engine: what is read, what is refused, and in what words."""
