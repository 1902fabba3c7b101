"""Who opens which page with what: every page of the portal is found from its routes, so none goes unlooked at.

A route's permission names the person who opens it and its parameters name what is opened; what differs from that
is in SPECIAL. Routes that answer with a file or send on are named in NOT_PAGES.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.app import create_app
from marketplace.applications.models import Application, Decision
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client, Participation
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.offers.models import Offer, OfferPhoto, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import BatchState, PaymentState
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.permissions import Permission
from marketplace.providers.company.models import AccountChange
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.providers.units.models import ServiceUnit
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from tests.conftest import settings_for

PROVIDER = "provider@demo.fi"
PILOT = "keusote-2022"

PEOPLE: Final[dict[Permission, str | None]] = {
    Permission.PUBLIC: None,
    Permission.SIGNED_IN: PROVIDER,
    Permission.EDIT_PROVIDER: PROVIDER,
    Permission.MANAGE_PROVIDER: PROVIDER,
    Permission.DECIDE_APPLICATIONS: "decider@demo.fi",
    Permission.INVITE_PROVIDERS: "coordinator@demo.fi",
    Permission.CONFIRM_IBAN: "coordinator@demo.fi",
    Permission.VIEW_AUDIT: "auditor@demo.fi",
    Permission.VIEW_AGREEMENTS: "counsellor@demo.fi",
    Permission.RECORD_AGREEMENTS: "counsellor@demo.fi",
    Permission.VIEW_CLIENTS: "counsellor@demo.fi",
    Permission.MANAGE_CLIENTS: "counsellor@demo.fi",
    Permission.OWN_MATTERS: "client@demo.fi",
    Permission.VIEW_PAYMENTS: "payer@demo.fi",
    Permission.PROPOSE_SERVICES: "counsellor@demo.fi",
    Permission.DECIDE_SERVICES: "decider@demo.fi",
    Permission.MAKE_PAYMENTS: "payer@demo.fi",
}
STAFF = "reviewer@demo.fi"
"""Opens every page whose permission is not in PEOPLE."""

NOT_PAGES: Final = {
    "accounts.confirm_app": "only between two steps; tests/journeys/test_signing_in.py goes there",
    "accounts.second_step": "only between two steps; tests/journeys/test_signing_in.py goes there",
    "accounts.landing": "sends on",
    "accounts.openid": "sends on",
    "approvals.letter_print": "a file",
    "approvals.measure_decision": "a file",
    "approvals.measure_file": "a file",
    "approvals.office_file": "a file",
    "approvals.proof_file": "a file",
    "approvals.queue_file": "a file",
    "approvals.standing_file": "a file",
    "approvals.proof_frame": "a file",
    "approvals.office_file_frame": "a file",
    "applications.provider_file": "a file",
    "choosing.contract": "a file",
    "client_area.agreements.contract": "a file",
    "providers.clients.contract": "a file",
    "recruiting.session_calendar": "a file",
    "recruiting.session_participants": "a file",
    "client_area.export": "a file",
    "office_statements.csv": "a file",
    "office_statements.pdf": "a file",
    "client_area.summaries.file": "a file",
    "providers.deliveries.template_file": "a file",
    "providers.statements.csv": "a file",
    "providers.statements.pdf": "a file",
    "identified.leave": "sends on",
    "identified.join": "sends on",
    "planning.plan_file": "a file",
    "providers.questions.enquiry": "only when somebody has asked; tests/enquiries goes there",
    "search.compare_list_file": "a file",
    "granting.letter": "a file",
    "provider_list.download": "a file",
    "providers.file": "a file",
    "providers.home": "sends on",
    "providers.joining.join_by_path": "sends on",
    "providers.photos.picture": "a file",
    "providers.pricelists.file": "a file",
    "payments.check_file": "a file",
    "payments.file": "a file",
    "payments.journal": "a file",
    "search.compare_file": "a file",
    "summaries.letter": "a file",
}


@dataclass(frozen=True)
class Visit:
    """A page opened by somebody (None: nobody signed in)."""

    who: str | None
    path: str


def page_endpoints() -> list[str]:
    """The endpoints of all pages, in the order of their names."""
    app = _bare_app()
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "lang" in rule.arguments and rule.endpoint not in NOT_PAGES
    )


def visit(endpoint: str, language: str, session: Session, secret: Callable[[str], str]) -> Visit:
    """Who opens the page and at which address, with things that the demo content holds.

    `secret` gives what only a mail tells of the page's address (`mailed.secret`).
    """
    app = _bare_app()
    [rule] = [rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ())]
    permission: Permission = vars(app.view_functions[endpoint])["permission"]
    who = PEOPLE.get(permission, STAFF)
    values: dict[str, Any] = {}
    if "application_id" in rule.arguments:
        application = _application(session, APPLICATION_STATES.get(endpoint, ("submitted",)))
        values["application_id"] = application.id
        if "provider_id" in rule.arguments:
            values["provider_id"] = application.provider_id
            who = application.created_by.email
        values["service"] = application.lines[0].service_key if application.lines else "transport"
    if endpoint in SPECIAL:
        values |= SPECIAL[endpoint](session)
        who = values.pop("who", who)
    for name in rule.arguments - values.keys() - {"lang"}:
        values[name] = secret(endpoint) if name == "token" else VALUES[name](session)
    given = {name: value for name, value in values.items() if name in rule.arguments}
    with app.test_request_context():
        path = app.url_for(endpoint, lang=language, **given)
    query = QUERIES[endpoint](session) if endpoint in QUERIES else ""
    if endpoint in KEYED:
        query = f"?key={secret(endpoint)}"
    return Visit(who, path + query)


KEYED: Final = (
    "accounts.reset",
    "client_mandates.accept",
    "providers.confirm_registration",
    "providers.joining.join",
)
"""Pages behind links whose secret is in the query, and from there goes into the browser's cookie."""

APPLICATION_STATES: Final = {
    "applications.application": ("draft",),
    "applications.area": ("draft",),
    "applications.check": ("draft",),
    "approvals.checklist": ("in_review",),
    "approvals.hear": ("in_review",),
    "approvals.hearing": ("hearing",),
    "applications.company": ("draft",),
    "approvals.completion": ("in_review",),
    "approvals.decision": ("proposed",),
    "applications.evidence": ("draft",),
    "applications.proof": ("draft",),
    "approvals.proposal": ("in_review",),
    "approvals.review": ("in_review", "decided"),
    "applications.rulebook": ("draft",),
    "applications.section": ("draft",),
    "applications.services": ("draft",),
    "applications.withdraw": ("draft",),
}


def provider_of(session: Session) -> int:
    """The demo's own company."""
    found = session.scalar(sa.select(RoleGrant.provider_id).join(User).where(User.email == PROVIDER))
    assert found is not None
    return found


def _offer(session: Session, *wanted: sa.ColumnElement[bool]) -> int:
    """The demo provider's first offer that clients see (and that is as `wanted`)."""
    visible = (
        sa.select(Offer.id)
        .join(OfferVersion)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .where(
            Offer.provider_id == provider_of(session),
            Offer.state == OfferState.PUBLISHED,
            OfferVersion.state == VersionState.PUBLISHED,
        )
        .where(ServiceApproval.state == ApprovalState.APPROVED, Offer.pilot_key == PILOT)
        .where(*wanted)
    )
    found = session.scalars(visible.order_by(Offer.id)).first()
    assert found is not None
    return found


def _hourly_offer(session: Session) -> int:
    """An offer with a price by the hour: bands by coefficients are for such services alone."""
    return _offer(session, OfferVersion.prices.any(OfferPrice.unit == "h"))


def _chosen(session: Session) -> list[int]:
    """Three offers of one service that clients see."""
    wanted = sa.select(Offer.id).where(Offer.service_key == "day_activity", Offer.pilot_key == PILOT)
    ids = session.scalars(wanted.where(Offer.state == OfferState.PUBLISHED).order_by(Offer.id)).all()
    assert len(ids) >= 3
    return list(ids[:3])


def _compared(session: Session) -> str:
    """Three offers side by side and what eight days a month of each cost."""
    return "?" + urlencode([*(("offer", number) for number in _chosen(session)), ("hours[day]", 8)])


def _planned(session: Session) -> str:
    """Three services of some days a month each, more than the budget allows."""
    ids = _chosen(session)
    days = [(f"units[{number}][day]", 8) for number in ids]
    return "?" + urlencode([*(("offer", number) for number in ids), *days, ("budget", 1000)])


QUERIES: Final[dict[str, Callable[[Session], str]]] = {
    "approvals.companies": lambda _: "?words=oy",
    "approvals.queue": lambda _: "?state=submitted",
    "planning.plan": _planned,
    "search.compare": _compared,
    "search.results": lambda _: "?" + urlencode({"q": "päivätoiminta", "municipality": 186, "available": 1}),
}


def _application(session: Session, states: tuple[str, ...]) -> Application:
    wanted = sa.select(Application).where(Application.state.in_(states), Application.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(Application.id)).first()
    assert found is not None, f"the demo has no application that is {' or '.join(states)}"
    return found


def _first(model: type[Any]) -> Callable[[Session], int]:
    def find(session: Session) -> int:
        found = session.scalars(sa.select(model.id).order_by(model.id)).first()
        assert found is not None, f"the demo has no {model.__name__}"
        return int(found)

    return find


def _approval(session: Session) -> int:
    found = session.scalars(sa.select(ServiceApproval.id).where(ServiceApproval.pilot_key == PILOT)).first()
    assert found is not None
    return found


def _decision(session: Session) -> int:
    decisions = sa.select(Decision.id).join(Application).where(Application.pilot_key == PILOT)
    found = session.scalars(decisions.order_by(Decision.id)).first()
    assert found is not None
    return found


def _decided(session: Session) -> int:
    return session.get_one(Decision, _decision(session)).application_id


def _waiting_version(session: Session) -> int:
    waiting = sa.select(OfferVersion.id).join(Offer).where(OfferVersion.state == VersionState.WAITING)
    found = session.scalars(waiting.where(Offer.pilot_key == PILOT).order_by(OfferVersion.id)).first()
    assert found is not None, "the demo has no offer version that waits"
    return found


def _photo(session: Session) -> int:
    found = session.scalars(sa.select(OfferPhoto.id).where(OfferPhoto.offer_id == _offer(session))).first()
    assert found is not None, "the demo provider's first offer has no photo"
    return found


def _unit(session: Session) -> int:
    mine = sa.select(ServiceUnit.id).where(ServiceUnit.provider_id == provider_of(session))
    found = session.scalars(mine.order_by(ServiceUnit.id)).first()
    assert found is not None, "the demo provider has no unit"
    return found


def _agreement(session: Session) -> int:
    """One that is not over, so that it can be ended."""
    going = sa.select(Agreement.id).where(
        Agreement.ends_on.is_(None),
        Agreement.state == AgreementState.IN_FORCE,
        Agreement.organisation_key == MAIN_ORGANISATION,
    )
    found = session.scalars(going.order_by(Agreement.id)).first()
    assert found is not None, "the demo has no agreement in force"
    return found


def _own_agreement(*states: AgreementState) -> Callable[[Session], dict[str, Any]]:
    """An agreement of the demo's client in one of the states."""

    def find(session: Session) -> dict[str, Any]:
        client = session.get_one(Client, _own_client(session))
        found = session.scalars(
            sa.select(Agreement)
            .where(
                Agreement.organisation_key == client.organisation_key,
                Agreement.client_number == client.number,
                Agreement.state.in_(states),
            )
            .order_by(Agreement.id)
        ).first()
        assert found is not None, f"the demo's client has no agreement that is {' or '.join(states)}"
        return {"agreement_id": found.id, "offer_id": found.offer_id}

    return find


def _company_s_agreement(*states: AgreementState) -> Callable[[Session], dict[str, Any]]:
    """An agreement of the demo's own company in one of the states."""

    def find(session: Session) -> dict[str, Any]:
        found = session.scalars(
            sa.select(Agreement.id)
            .join(Agreement.offer)
            .where(Offer.provider_id == provider_of(session), Agreement.state.in_(states))
            .order_by(Agreement.id)
        ).first()
        assert found is not None, f"the demo's company has no agreement that is {' or '.join(states)}"
        return {"agreement_id": found}

    return find


def _own_client(session: Session) -> int:
    """The client whose account is one of the demo's."""
    found = session.scalar(sa.select(Client.id).join(Client.user).where(User.email == "client@demo.fi"))
    assert found is not None, "the demo's client is on no register"
    return found


def _delivery(session: Session) -> int:
    """One to the demo's client to which the client objects, by the demo's own company."""
    client = session.get_one(Client, _own_client(session))
    wanted = sa.select(Delivery.id).where(
        Delivery.client_number == client.number,
        Delivery.organisation_key == client.organisation_key,
        Delivery.provider_id == provider_of(session),
        Delivery.state == DeliveryState.DISPUTED,
    )
    found = session.scalars(wanted.order_by(Delivery.id)).first()
    assert found is not None, "the demo's client objects to no delivery"
    return found


def _statement(session: Session) -> int:
    """One of the demo's own company."""
    own = sa.select(Statement.id).where(Statement.provider_id == provider_of(session))
    found = session.scalars(own.order_by(Statement.id)).first()
    assert found is not None, "the demo's own company has no statement"
    return found


def _told_month(session: Session) -> str:
    """A month that the demo's client has been told."""
    own = sa.select(ClientSummary.month).where(ClientSummary.client_id == _own_client(session))
    found = session.scalars(own.order_by(ClientSummary.month)).first()
    assert found is not None, "the demo's client has been told of no month"
    return f"{found:%Y-%m}"


def _participation(session: Session) -> int:
    own = sa.select(Participation.id).where(Participation.client_id == _own_client(session))
    found = session.scalars(own.order_by(Participation.id)).first()
    assert found is not None, "the demo's client takes part in no pilot"
    return found


def _strange_client(session: Session) -> dict[str, Any]:
    """A client of another counsellor, or of nobody."""
    wanted = sa.select(Client.id).where(
        Client.counsellor_id.is_(None), Client.organisation_key == MAIN_ORGANISATION
    )
    found = session.scalars(wanted.order_by(Client.id)).first()
    assert found is not None, "every client of the demo has a counsellor"
    return {"client_id": found}


def _service_decision(state: DecisionState) -> Callable[[Session], dict[str, Any]]:
    """A service decision in a state on a client of the counsellor's own."""

    def found(session: Session) -> dict[str, Any]:
        wanted = (
            sa.select(ServiceDecision.id)
            .join(Client)
            .where(ServiceDecision.state == state, Client.counsellor_id.is_not(None))
        )
        return {"decision_id": session.scalars(wanted.order_by(ServiceDecision.id)).first()}

    return found


def _batch(session: Session) -> int:
    """One that waits for its release, with a payee to look at."""
    wanted = sa.select(Batch.id).where(
        Batch.organisation_key == MAIN_ORGANISATION, Batch.state == BatchState.CHECKED
    )
    found = session.scalars(wanted.order_by(Batch.id)).first()
    assert found is not None, "no batch of the demo waits for its release"
    return found


def _payment(session: Session) -> int:
    """One that is paid, by the main organisation."""
    wanted = (
        sa.select(PaymentRow.id)
        .join(Batch)
        .where(Batch.organisation_key == MAIN_ORGANISATION, PaymentRow.state == PaymentState.PAID)
    )
    found = session.scalars(wanted.order_by(PaymentRow.id)).first()
    assert found is not None, "the demo has no payment that is paid"
    return found


def _advice(session: Session) -> dict[str, Any]:
    """A payment of the demo's own company."""
    mine = sa.select(PaymentRow.id).where(
        PaymentRow.provider_id == provider_of(session), PaymentRow.state != PaymentState.LEFT_OUT
    )
    return {"payment_id": session.scalars(mine.order_by(PaymentRow.id)).first()}


def _paid_over_stripe(session: Session) -> dict[str, Any]:
    """A company that an organisation pays over Stripe, opened by a person of it."""
    provider_id = session.scalars(sa.select(StripeAccount.provider_id).order_by("provider_id")).first()
    who = session.scalars(
        sa.select(User.email).join(RoleGrant).where(RoleGrant.provider_id == provider_id)
    ).first()
    return {"provider_id": provider_id, "who": who}


def _paid_delivery(session: Session) -> dict[str, Any]:
    """A delivery that is paid."""
    wanted = (
        sa.select(StatementRow.delivery_id)
        .join(PaymentRow, PaymentRow.statement_id == StatementRow.statement_id)
        .where(PaymentRow.id == _payment(session))
    )
    return {"delivery_id": session.scalars(wanted.order_by(StatementRow.id)).first()}


def _served(session: Session) -> int:
    """A document that went to a provider of the main organisation."""
    wanted = sa.select(ServedDocument.id).where(ServedDocument.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(ServedDocument.id)).first()
    assert found is not None, "the demo has no document that was served"
    return found


VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    "batch_id": _batch,
    "payment_id": _payment,
    "agreement_id": _agreement,
    "file_id": lambda session: _proof_file(session)["file_id"],
    "month": _told_month,
    "measure_id": lambda session: _measure(session, "hearing").id,
    "approval_id": _approval,
    "change_id": _first(AccountChange),
    "client_id": _own_client,
    "delivery_id": _delivery,
    "document_id": _served,
    "decision_id": _decision,
    "invitation_id": _first(Invitation),
    "key": lambda _: PILOT,
    "kind": lambda _: "tax",
    "number": lambda _: 1,
    "offer_id": _offer,
    "participation_id": _participation,
    "photo_id": _photo,
    "pilot_key": lambda _: PILOT,
    "provider_id": provider_of,
    "section": lambda _: "operations",
    "session_id": _first(InformationSession),
    "statement_id": _statement,
    "topic": lambda _: "accessibility",
    "unit_id": _unit,
    "version_id": _waiting_version,
}


def _measure(session: Session, state: str) -> ApprovalMeasure:
    measures = sa.select(ApprovalMeasure).join(ApprovalMeasure.approval)
    wanted = measures.where(ApprovalMeasure.state == state, ServiceApproval.pilot_key == PILOT)
    found = session.scalars(wanted.order_by(ApprovalMeasure.id)).first()
    assert found is not None, f"the demo has no measure that is {state}"
    return found


def _heard(session: Session) -> dict[str, Any]:
    """A measure that its provider may still explain, opened by a person of the company."""
    measure = _measure(session, "hearing")
    provider_id = measure.approval.provider_id
    who = session.scalars(
        sa.select(User.email).join(RoleGrant).where(RoleGrant.provider_id == provider_id)
    ).first()
    return {"provider_id": provider_id, "measure_id": measure.id, "who": who}


def _in_state(state: str) -> Callable[[Session], dict[str, Any]]:
    """A measure in a state, and its approval."""

    def found(session: Session) -> dict[str, Any]:
        measure = _measure(session, state)
        return {"approval_id": measure.approval_id, "measure_id": measure.id}

    return found


def _unseen_proof(session: Session) -> dict[str, Any]:
    """A proof that the main organisation has not looked at yet."""
    waits = sa.select(ProofLook).where(
        ProofLook.state == LookState.WAITING, ProofLook.organisation_key == MAIN_ORGANISATION
    )
    look = session.scalars(waits.order_by(ProofLook.id)).first()
    assert look is not None, "the demo has no proof that waits for the main organisation"
    return {"provider_id": look.evidence.provider_id, "evidence_id": look.evidence_id}


def _open_condition(session: Session) -> dict[str, Any]:
    """A condition of the pilot that has not been settled."""
    waits = (
        sa.select(ApprovalCondition)
        .join(ApprovalCondition.approval)
        .where(
            ApprovalCondition.state == ConditionState.OPEN,
            ServiceApproval.state == ApprovalState.APPROVED,
            ServiceApproval.pilot_key == PILOT,
        )
    )
    condition = session.scalars(waits.order_by(ApprovalCondition.id)).first()
    assert condition is not None, "the demo has no open condition"
    return {"approval_id": condition.approval_id, "condition_id": condition.id}


def _proof_file(session: Session) -> dict[str, Any]:
    """A file among the proofs of an application in review."""
    application = _application(session, ("in_review",))
    return {
        "application_id": application.id,
        "file_id": next(proof.file_id for proof in application.evidence if proof.file_id is not None),
    }


SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "approvals.fail_condition": _open_condition,
    "approvals.decide_measure": _in_state("proposed"),
    "approvals.propose_measure": _in_state("with_reviewer"),
    "approvals.write_down_answer": _in_state("hearing"),
    "client_area.agreements.agreement": _own_agreement(AgreementState.DECLINED),
    "client_area.agreements.change": _own_agreement(AgreementState.IN_FORCE),
    "client_area.agreements.choose": _own_agreement(AgreementState.REQUESTED),
    "client_area.agreements.end": _own_agreement(AgreementState.IN_FORCE),
    "client_area.agreements.stop": _own_agreement(AgreementState.IN_FORCE),
    "providers.clients.agreement": _company_s_agreement(AgreementState.REQUESTED),
    "providers.clients.decline": _company_s_agreement(AgreementState.REQUESTED),
    "providers.clients.end": _company_s_agreement(AgreementState.IN_FORCE),
    "providers.clients.stop": _company_s_agreement(AgreementState.IN_FORCE),
    "pages.plain": lambda _: {"topic": "complaining"},
    "payments.trace": _paid_delivery,
    "providers.payments.advice": _advice,
    "providers.stripe.index": _paid_over_stripe,
    "clients.ground": _strange_client,
    "granting.change": _service_decision(DecisionState.MADE),
    "granting.decision": _service_decision(DecisionState.MADE),
    "granting.facts": _service_decision(DecisionState.DRAFT),
    "granting.line": _service_decision(DecisionState.DRAFT),
    "approvals.measure": _heard,
    "approvals.office_file_page": _proof_file,
    "approvals.proof": _unseen_proof,
    "approvals.correction": lambda session: {
        "application_id": _decided(session),
        "decision_id": _decision(session),
    },
    "approvals.open_measure": lambda _: {"kind": "suspend"},
    "recruiting.send_invitations": lambda _: {"kind": "invitation"},
    "providers.offers.coefficients": lambda session: {"offer_id": _hourly_offer(session)},
    "recruiting.session_registration": lambda session: {
        "token": session.scalars(sa.select(SessionRegistration.token)).first()
    },
}

_app: Flask | None = None


def _bare_app() -> Flask:
    global _app  # noqa: PLW0603 - one application for the whole run
    if _app is None:
        _app = create_app(settings_for("sqlite://", Path(tempfile.mkdtemp())))
    return _app
