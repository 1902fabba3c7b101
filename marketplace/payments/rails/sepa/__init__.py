"""Files for the bank (ISO 20022) and what the bank answers.

`credit_transfers` writes orders as pain.001, `status_reports` reads pain.002 with the answers of verification of payee,
`account_reports` reads statements and notifications (camt.053, camt.054). `matching` says what an answer means for an
order and refuses one that does not fit it. How a file reaches the bank is the organisation's own affair.
"""
