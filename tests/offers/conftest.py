"""A provider at home, for the tests of its offers."""

from tests.providers.fixtures import database, home, offer

__all__ = ["database", "home", "offer"]
