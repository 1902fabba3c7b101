"""Providers: the company, its evidence, its approvals, its offers and prices."""
