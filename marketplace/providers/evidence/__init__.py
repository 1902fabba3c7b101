"""Proofs that a provider shows: documents with their dates, entered once and used in every application."""
