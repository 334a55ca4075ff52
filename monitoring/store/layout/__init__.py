"""The store's tables, views and column types: how the database is laid out."""
