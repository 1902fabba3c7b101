"""What mandates are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.clients.mandates.rules import Scope, Source
from marketplace.i18n import _l

SCOPES: Final[dict[Scope, tuple[Any, Any]]] = {
    Scope.SEE: (_l("See"), _l("The helper sees the same pages as the client, and changes nothing.")),
    Scope.ACT: (
        _l("See and act"),
        _l("The helper also chooses, agrees and changes in the client’s stead."),
    ),
}
"""Scope → its name and what it means."""

SOURCES: Final[dict[Source, Any]] = {
    Source.PORTAL: _l("Given on the portal"),
    Source.PAPER: _l("Given on paper"),
    Source.REGISTER: _l("Found in Suomi.fi e-Authorizations"),
}
"""Where a mandate comes from."""
