"""Sections that the page of a group and the page of a company share: flags, findings, figures in doubt, outlook."""
