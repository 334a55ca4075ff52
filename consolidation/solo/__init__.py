"""Checks of what single insurers file: the re-computation of a filing, and transitional treatment (Rule 2; Notice 2021-52)."""
