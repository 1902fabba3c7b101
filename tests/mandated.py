"""Organisations that say by which codes of Suomi.fi e-Authorizations somebody may act for a company."""

from __future__ import annotations

import pytest

from marketplace.pilots import vocabulary
from marketplace.providers.authority import queries

_SHIPPED = dict(vocabulary.ORGANISATIONS)


def accept(monkeypatch: pytest.MonkeyPatch, codes: dict[str, tuple[str, ...]]) -> None:
    """Organisation → its codes; the others have none."""
    told = {
        key: each.model_copy(update={"company_mandates": codes.get(key, ())})
        for key, each in _SHIPPED.items()
    }
    for module in (vocabulary, queries):
        monkeypatch.setattr(module, "ORGANISATIONS", told)
