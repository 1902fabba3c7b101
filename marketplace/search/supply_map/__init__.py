"""The map of supply: borders of municipalities, and a drawing of each county with its numbers."""
