"""Accounts and postings: the one place where money and hours move."""
