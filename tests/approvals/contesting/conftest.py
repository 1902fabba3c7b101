"""The people of an application, for the tests of reviews."""

from tests.approvals.cast import cast, store

__all__ = ["cast", "store"]
