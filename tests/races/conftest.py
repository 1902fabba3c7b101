"""What every race stands on."""

from __future__ import annotations

import pytest

from marketplace.pilots.vocabulary import ORGANISATIONS
from tests.mandated import accept

ROLE = "NIMKO"
"""The role of the register of mandates that is enough for every organisation here."""


@pytest.fixture(autouse=True)
def roles_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Organisations say by which role somebody may act for a company."""
    accept(monkeypatch, dict.fromkeys(ORGANISATIONS, (ROLE,)))
