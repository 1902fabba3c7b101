"""Asking a provider about an offer, without an account: what was written is kept for a while and then dropped."""
