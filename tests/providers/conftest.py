"""A provider at home, for the tests of its own pages."""

from tests.providers.fixtures import home, offer

__all__ = ["home", "offer"]
