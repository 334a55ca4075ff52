"""Alerts: the outbox that is written with what causes them, and the messages made of it."""
