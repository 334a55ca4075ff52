"""The parts of the page Industry: the whole, company by company, and what is not on the surface."""
