"""The ways in which money leaves: a file for the bank, Stripe, a journal for the organisation's own ledger system.

`orders` says what every way is given, what it gives back and how it answers; which one an organisation uses is data.
"""
