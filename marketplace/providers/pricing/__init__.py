"""What an offer costs: which band a moment belongs to, and what a stretch of time or a quantity costs to the cent.

`rules` computes and knows no calendar, `days` knows the Finnish holidays and eves, `queries` prices a kept offer.
`docs/pricing.md` tells the rules in words.
"""
