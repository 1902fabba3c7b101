"""The people of an application, for the tests of the office."""

from tests.approvals.cast import cast, store

__all__ = ["cast", "store"]
