"""A provider at home, for the tests of its offers."""

from tests.providers.fixtures import home, offer

__all__ = ["home", "offer"]
