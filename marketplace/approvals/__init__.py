"""Becoming an approved provider: applications, reviews and decisions."""
