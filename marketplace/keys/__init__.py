"""Changing the portal's keys: what still needs a former one, and sealing anew what can be (docs/operations.md)."""
