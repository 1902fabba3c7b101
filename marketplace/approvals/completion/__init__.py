"""Completion requests: what is missing in an application, asked for by a day."""
