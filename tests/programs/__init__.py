"""Tests of what providers' programs do with a key."""
