"""What the fields of accounts are called in the audit trail, and how they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import Field, choice, numbered
from marketplace.i18n import _l, lazy_pgettext
from marketplace.permissions import Role

STAFF_ROLES: Final[dict[Role, Any]] = {
    Role.COORDINATOR: _l("Coordinator"),
    Role.REVIEWER: _l("Reviewer"),
    Role.DECIDER: _l("Decider"),
    Role.COUNSELLOR: _l("Counsellor"),
    Role.PAYER: _l("Payer"),
    Role.AUDITOR: _l("Auditor"),
}

WAYS_IN: Final[dict[str, Any]] = {
    "password": _l("With a password"),
    "registration": _l("On confirming the address"),
    "role": _l("Anew after a change of role"),
    "app": _l("With a password and a code of an app"),
    "identification": _l("With strong identification"),
    "code": _l("With a code of a letter"),
    "openid": _l("Through the organisation’s sign-in"),
    "passkey": _l("With a password and a passkey"),
    "recovery_code": _l("With a password and a recovery code"),
    "enrolment": _l("After setting up a second factor"),
}

FIELDS: Final[dict[str, Field]] = {
    "account.by": Field(_l("How"), choice(WAYS_IN)),
    "account.page": Field(_l("Page of the portal")),
    "account.provider": Field(_l("Company"), numbered),
    "account.role": Field(_l("Role"), choice(STAFF_ROLES)),
    "account.second_factor": Field(_l("Second factor required")),
    "account.title": Field(lazy_pgettext("person", "Title")),
    "account.sessions": Field(_l("Browsers signed out")),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
