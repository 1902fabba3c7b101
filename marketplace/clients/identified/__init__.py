"""Clients who sign in by strong identification (OpenID Connect of the Suomi.fi type)."""
