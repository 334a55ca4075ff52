"""The parts of the page Entities: all companies as a heat map, and one company in full."""
