"""What shows the right to act for a company, in words."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l
from marketplace.providers.authority.rules import RightAction

SHOWN_BY: Final[dict[RightAction, Any]] = {
    RightAction.APPROVE: _l("The organisation made sure"),
    RightAction.HAND_OVER: _l("The organisation handed the company over"),
    RightAction.ENTER_CODE: _l("A code sent by post to the registered address"),
    RightAction.ASK_REGISTER: _l("A role or mandate in Suomi.fi e-Authorizations"),
}
"""What has shown the right → its name."""
