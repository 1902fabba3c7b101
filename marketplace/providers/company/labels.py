"""What the roles and the registers of this feature are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.permissions import Role

ROLES: Final[dict[str, Any]] = {
    Role.PROVIDER_ADMIN.value: _l("Admin"),
    Role.PROVIDER_EDITOR.value: _l("Editor"),
}

ROLE_HINTS: Final[dict[str, Any]] = {
    Role.PROVIDER_ADMIN.value: _l("Everything, also people, the account number, a pause and leaving."),
    Role.PROVIDER_EDITOR.value: _l("Applications, offers, proofs and the facts of the company."),
}
