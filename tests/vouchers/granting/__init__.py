"""Decisions on clients' services."""
