"""The sections of a company's page."""
