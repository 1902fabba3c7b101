"""Tests of providers, their proofs and offers."""
