"""The scene of agreeing: a client with a decision, two providers, a counsellor."""

from __future__ import annotations

from tests.vouchers.agreeing.conftest import kept, scene

__all__ = ["kept", "scene"]
