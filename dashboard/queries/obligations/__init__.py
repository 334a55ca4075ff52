"""Obligations and the reports among them, as a person may see them."""
