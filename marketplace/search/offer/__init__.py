"""The page of one offer, and what a time of it costs."""
