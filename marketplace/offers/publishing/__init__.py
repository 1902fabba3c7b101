"""Putting an offer before clients: what has changed, what waits for the office, when it takes effect."""
