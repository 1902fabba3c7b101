"""Hearing the provider before a rejection, and its answer."""
