"""What an offer costs: which band a moment belongs to, and what a stretch of time or a quantity costs to the cent.

`rules` computes, `bands` divides days by the pilot's time bands, `days` knows the Finnish holidays and eves, `queries`
prices a kept offer. Only `days` speaks to a library, only `queries` to the database.
`docs/pricing.md` tells the rules in words.
"""
