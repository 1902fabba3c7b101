"""Telling somebody by mail, once, when an offer has a free place."""
