"""Signing in through an organisation's OpenID Connect provider, and being signed out by it."""
