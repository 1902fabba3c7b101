"""Payment over Stripe Connect: the organisation's balance at Stripe, transfers to providers' accounts there, payouts.

`gateway` is the only file that speaks to Stripe. `sending` carries an order out, row by row, and may be killed
anywhere; `events` follows what Stripe tells by signed calls, in any order and as often as it likes. A transfer has
reached the provider's account at Stripe; paid out is what has reached the provider's bank.
"""
