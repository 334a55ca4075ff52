"""The pages, one file or folder each, named as its address."""
