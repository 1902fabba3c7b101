"""Write docs/workflows.md: every workflow of the portal drawn from its table.

Run without arguments after changing a table; a test fails while the page says something else than the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from marketplace.applications.rules import ACTION_PERMISSIONS, APPLICATION, TURNS
from marketplace.approvals.contesting.rules import REVIEW
from marketplace.approvals.standing.rules import ACTION_PERMISSIONS as STANDING_PERMISSIONS
from marketplace.approvals.standing.rules import CONDITION, MEASURE
from marketplace.decisions.rules import CORRECTION
from marketplace.deliveries.rules import DELIVERY
from marketplace.effects.rules import ASKING
from marketplace.enquiries.rules import ENQUIRY
from marketplace.offers.rules import OFFER, OFFER_VERSION
from marketplace.payments.batches.rules import BATCH, PAYMENT
from marketplace.payments.rails.stripe.rules import TRANSFER
from marketplace.payments.statements.rules import STATEMENT
from marketplace.permissions import GRANTS, Permission
from marketplace.providers.company.rules import ACCESS_REQUEST, ACCOUNT_CHANGE
from marketplace.providers.company.rules import INVITATION as PERSON_INVITATION
from marketplace.providers.evidence.rules import LOOK
from marketplace.providers.rules import APPROVAL, PROVIDER
from marketplace.providers.units.rules import UNIT
from marketplace.recruiting.invitations.rules import ACTION_PERMISSIONS as INVITING
from marketplace.recruiting.invitations.rules import INVITATION, LETTER
from marketplace.recruiting.sessions.rules import ACTION_PERMISSIONS as SESSIONS
from marketplace.recruiting.sessions.rules import REGISTRATION, SESSION
from marketplace.vouchers.granting.rules import DECISION
from marketplace.vouchers.own_people.rules import OWN_PERSON
from marketplace.vouchers.rules import AGREEMENT
from marketplace.workflow import Workflow

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "workflows.md"

_HEAD: Final = """# Workflows

What can happen to a thing, and in which state, is a table in the code: a pair of state and action gives the next
state, and there is no other way. The drawings below are made from those tables by `scripts/workflows.py`.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [
        _HEAD,
        _section(APPLICATION, "marketplace/applications/rules.py", ACTION_PERMISSIONS, TURNS),
        _section(INVITATION, "marketplace/recruiting/invitations/rules.py", INVITING),
        _section(LETTER, "marketplace/recruiting/invitations/rules.py"),
        _section(SESSION, "marketplace/recruiting/sessions/rules.py", SESSIONS),
        _section(REGISTRATION, "marketplace/recruiting/sessions/rules.py", SESSIONS),
        _section(APPROVAL, "marketplace/providers/rules.py"),
        _section(MEASURE, "marketplace/approvals/standing/rules.py", STANDING_PERMISSIONS),
        _section(CONDITION, "marketplace/approvals/standing/rules.py", STANDING_PERMISSIONS),
        _section(REVIEW, "marketplace/approvals/contesting/rules.py"),
        _section(CORRECTION, "marketplace/decisions/rules.py"),
        _section(LOOK, "marketplace/providers/evidence/rules.py"),
        _section(OFFER, "marketplace/offers/rules.py"),
        _section(OFFER_VERSION, "marketplace/offers/rules.py"),
        _section(PROVIDER, "marketplace/providers/rules.py"),
        _section(ACCOUNT_CHANGE, "marketplace/providers/company/rules.py"),
        _section(PERSON_INVITATION, "marketplace/providers/company/rules.py"),
        _section(ACCESS_REQUEST, "marketplace/providers/company/rules.py"),
        _section(UNIT, "marketplace/providers/units/rules.py"),
        _section(ENQUIRY, "marketplace/enquiries/rules.py"),
        _section(ASKING, "marketplace/effects/rules.py"),
        _section(AGREEMENT, "marketplace/vouchers/rules.py"),
        _section(OWN_PERSON, "marketplace/vouchers/own_people/rules.py"),
        _section(DECISION, "marketplace/vouchers/granting/rules.py"),
        _section(DELIVERY, "marketplace/deliveries/rules.py"),
        _section(STATEMENT, "marketplace/payments/statements/rules.py"),
        _section(BATCH, "marketplace/payments/batches/rules.py"),
        _section(PAYMENT, "marketplace/payments/batches/rules.py"),
        _section(TRANSFER, "marketplace/payments/rails/stripe/rules.py"),
    ]
    return "\n".join(parts)


def diagram(workflow: Workflow[Any, Any]) -> str:
    """The workflow as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    {state} --> {target}: {action}" for (state, action), target in workflow.table.items()]
    lines += [f"    {state} --> [*]" for state in workflow.states if not workflow.actions(state)]
    return "\n".join(["```mermaid", *lines, "```"])


def _section(
    workflow: Workflow[Any, Any],
    source: str,
    permissions: Mapping[Any, Permission] | None = None,
    turns: Mapping[Any, str | None] | None = None,
) -> str:
    parts = [
        f"## {workflow.name[0].upper()}{workflow.name[1:]}\n",
        f"From `{source}`.\n",
        diagram(workflow),
        "",
    ]
    if permissions:
        rows = [f"| {action} | {_who(permissions, action)} |" for action in workflow.all_actions]
        parts += ["| action | roles that may |", "|---|---|", *rows, ""]
    if turns:
        rows = [f"| {state} | {turns[state] or 'nobody'} |" for state in workflow.states]
        parts += ["| state | whose turn |", "|---|---|", *rows, ""]
    return "\n".join(parts)


def _who(permissions: Mapping[Any, Permission], action: str) -> str:
    """The roles that may take an action; what no role may, the portal does by itself."""
    return _roles(permissions[action]) if action in permissions else "the portal itself"


def _roles(permission: Permission) -> str:
    if permission is Permission.PUBLIC:
        return "anybody who has the link"
    return ", ".join(role.value for role, granted in GRANTS.items() if permission in granted)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
