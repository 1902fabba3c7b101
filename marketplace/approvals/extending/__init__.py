"""Putting off the day by which the office waits for something from a provider."""
