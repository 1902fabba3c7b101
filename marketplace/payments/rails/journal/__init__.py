"""Payments as rows of the organisation's own ledger system: written as its data says, and read back.

An organisation that pays from its own system has the journal as its rail; any other may take it beside its rail.
"""
