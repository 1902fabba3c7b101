"""The page of results: filters, map, words."""
