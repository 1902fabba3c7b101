"""Requests for a review, and legal force."""
