"""Extracts of what single clients were given, under pseudonyms, for research to which they have agreed."""
