"""What every page draws with: markup in which data stays data, figures, states, charts, choices and links, and words for flags and findings."""
