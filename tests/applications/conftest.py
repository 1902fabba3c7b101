"""The people of an application, for the tests of applying."""

from tests.approvals.cast import cast, store

__all__ = ["cast", "store"]
