"""The trail knows things by names of its own, which no change of the program may touch: old events keep them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.approvals.standing.rules import CONDITION, MEASURE
from marketplace.audit.labels import SUBJECTS, every_action, recorded_actions
from marketplace.audit.service import append
from marketplace.config import ROOT
from marketplace.db import Base
from marketplace.pilots.models import PilotVersion
from marketplace.providers.audit_actions import (
    AccessAudit,
    ApprovalAudit,
    ParticipationAudit,
    PersonAudit,
    UnitAudit,
)
from marketplace.providers.company.rules import ACCESS_REQUEST
from marketplace.providers.company.rules import INVITATION as COMPANY_INVITATION
from marketplace.providers.models import Provider
from marketplace.providers.rules import PROVIDER
from marketplace.providers.units.rules import UNIT
from marketplace.recruiting.audit_actions import InvitationAudit
from marketplace.recruiting.invitations.rules import LetterKind
from marketplace.work import AuditAction
from tests.factories import make_provider
from tests.trail import Tried
from tests.work import work_of

NAMES = {
    "access_requests": "AccessRequest",
    "account_changes": "AccountChange",
    "agreements": "Agreement",
    "api_keys": "ApiKey",
    "applications": "Application",
    "bank_answers": "BankAnswer",
    "clients": "Client",
    "client_mandates": "Mandate",
    "deliveries": "Delivery",
    "effect_askings": "EffectAsking",
    "enquiries": "Enquiry",
    "evidence": "Evidence",
    "information_sessions": "InformationSession",
    "invitations": "Invitation",
    "invitation_rounds": "InvitationRound",
    "lost_contents": "Content",
    "offers": "Offer",
    "organisations": "Organisation",
    "person_invitations": "PersonInvitation",
    "outbox_messages": "Mail",
    "own_people": "OwnPerson",
    "payment_batches": "PaymentBatch",
    "payment_rows": "Payment",
    "pilots": "Pilot",
    "place_notices": "PlaceNotice",
    "provider_rights": "ProviderRight",
    "providers": "Provider",
    "research_extracts": "ResearchExtract",
    "sent_lists": "SentList",
    "service_approvals": "ServiceApproval",
    "service_decisions": "ServiceDecision",
    "service_units": "ServiceUnit",
    "stripe_accounts": "StripeAccount",
    "statements": "Statement",
    "stored_files": "StoredFile",
    "support_plans": "SupportPlan",
    "users": "User",
}
"""Table → the name under which its rows stand in the trail. Lines are added here, never changed or taken out."""


CODE = sorted(
    path
    for path in (ROOT / "marketplace").rglob("*.py")
    if path.name not in ("audit_actions.py", "audit_labels.py") and "migrations" not in path.parts
)
"""Where an action may not be spelled; names of fields, in `audit_labels.py`, can look the same."""


def subclasses(enum: type[AuditAction]) -> Iterator[type[AuditAction]]:
    """The enums made of one, and of those."""
    for each in enum.__subclasses__():
        yield each
        yield from subclasses(each)


def test_the_names_in_the_trail_never_change() -> None:
    given = {
        str(mapper.local_table): mapper.class_.__audit_name__
        for mapper in Base.registry.mappers
        if hasattr(mapper.class_, "__audit_name__")
    }
    assert given == NAMES


def test_every_name_in_the_trail_has_words_for_the_auditor() -> None:
    assert set(SUBJECTS) == {*NAMES.values(), "Demo", "Key"}  # these are no rows of a table


def test_a_class_may_be_renamed_without_changing_the_trail(session: Session) -> None:
    provider = make_provider(session)
    Provider.__name__ = "Company"
    try:
        event = append(work_of(session), Tried.EVENT, provider)
    finally:
        Provider.__name__ = "Provider"
    assert (event.subject_type, event.subject_id) == ("Provider", str(provider.id))


def test_a_thing_without_a_name_in_the_trail_is_no_subject(session: Session) -> None:
    version = session.scalars(sa.select(PilotVersion)).first()
    with pytest.raises(AttributeError, match="__audit_name__"):
        work_of(session).record(Tried.EVENT, version)


# --- actions ---------------------------------------------------------------------------------------------------------


def test_every_enum_of_actions_is_known_to_the_auditor() -> None:
    made = {each for each in subclasses(AuditAction) if each.__module__.startswith("marketplace.")}
    assert made == set(recorded_actions)


def test_every_action_has_a_label_and_a_name_of_its_own() -> None:
    actions = [action for enum in recorded_actions for action in enum]
    assert len({action.value for action in actions}) == len(actions)
    for action in actions:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action)
        assert str(action.label)
        assert action.value != str(action.label)


def test_an_action_without_a_label_cannot_be_made() -> None:
    with pytest.raises(TypeError):
        AuditAction("Unlabelled", {"ADD": "thing.add"})


@pytest.mark.parametrize(
    ("enum", "prefix", "verbs"),
    [
        (AccessAudit, "", ACCESS_REQUEST.all_actions),
        (PersonAudit, "invitation_", COMPANY_INVITATION.all_actions),
        (ParticipationAudit, "", PROVIDER.all_actions),
        (UnitAudit, "", UNIT.all_actions),
        (ApprovalAudit, "", (*MEASURE.all_actions, *CONDITION.all_actions)),
        (InvitationAudit, "send_", LetterKind),
    ],
)
def test_what_a_workflow_does_has_an_action(
    enum: type[AuditAction], prefix: str, verbs: Iterable[str]
) -> None:
    assert [verb for verb in verbs if not enum.of(f"{prefix}{verb}").label] == []


def spelled(source: str) -> list[int]:
    """The lines on which an action is spelled: a text that is one, or any text given to something that records."""
    tree = ast.parse(source)
    known = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in every_action()
    }
    given = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].startswith("record")
        for each in (*node.args[:3], *(word.value for word in node.keywords if word.arg == "action"))
        if isinstance(each, ast.Constant | ast.JoinedStr)
    }
    return sorted(known | given)


def test_an_action_is_named_by_its_enum_and_not_spelled() -> None:
    found = {str(path.relative_to(ROOT)): spelled(path.read_text(encoding="utf-8")) for path in CODE}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        'work.record("unit.add", unit)',
        'record_of_company(work, 7, f"unit.{verb}", unit)',
        'record_view(thing, organisation=o, action="anything")',
        'if event.action == "offer.publish": pass',
    ],
)
def test_the_guard_finds_a_spelled_action(code: str) -> None:
    assert spelled(code) == [1]
