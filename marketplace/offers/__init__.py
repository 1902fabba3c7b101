"""Offers: texts in two languages, an area, free places and a price table; every published change is a version."""
