"""What the pages about clients open: agreements, decisions, deliveries, months."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client, Participation
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import ASKING
from marketplace.offers.models import Offer
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.journeys.opened.demo import own_client, provider_of


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
        client = session.get_one(Client, own_client(session))
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


def _recorded_agreement(*, ended: bool) -> Callable[[Session], dict[str, Any]]:
    """One that the office wrote down and nothing was delivered under, until further notice or with a last day."""

    def find(session: Session) -> dict[str, Any]:
        wanted = sa.select(Agreement.id).where(
            Agreement.organisation_key == MAIN_ORGANISATION,
            Agreement.asked_by.is_(None),
            Agreement.state == (AgreementState.ENDING if ended else AgreementState.IN_FORCE),
            Agreement.ended_by.is_(None) if not ended else Agreement.ended_by == AgreementParty.OFFICE,
            Agreement.id.not_in(sa.select(Delivery.agreement_id)),
        )
        found = session.scalars(wanted.order_by(Agreement.id)).first()
        assert found is not None, "the demo has no such agreement"
        return {"agreement_id": found}

    return find


def _delivery(session: Session) -> int:
    """One to the demo's client to which the client objects, by the demo's own company."""
    client = session.get_one(Client, own_client(session))
    wanted = sa.select(Delivery.id).where(
        Delivery.client_number == client.number,
        Delivery.organisation_key == client.organisation_key,
        Delivery.provider_id == provider_of(session),
        Delivery.state == DeliveryState.DISPUTED,
    )
    found = session.scalars(wanted.order_by(Delivery.id)).first()
    assert found is not None, "the demo's client objects to no delivery"
    return found


def _told_month(session: Session) -> str:
    """A month that the demo's client has been told."""
    own = sa.select(ClientSummary.month).where(ClientSummary.client_id == own_client(session))
    found = session.scalars(own.order_by(ClientSummary.month)).first()
    assert found is not None, "the demo's client has been told of no month"
    return f"{found:%Y-%m}"


def _participation(session: Session) -> int:
    own = sa.select(Participation.id).where(Participation.client_id == own_client(session))
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


def _own_asking(session: Session) -> int:
    """What the demo's client can answer now."""
    asked = sa.select(EffectAsking.id).where(
        EffectAsking.client_id == own_client(session), EffectAsking.state.in_(ASKING.waiting)
    )
    return session.scalars(asked).one()


VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    "asking_id": _own_asking,
    "agreement_id": _agreement,
    "month": _told_month,
    "client_id": own_client,
    "delivery_id": _delivery,
    "participation_id": _participation,
}

SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "client_area.agreements.agreement": _own_agreement(AgreementState.DECLINED),
    "client_area.agreements.change": _own_agreement(AgreementState.IN_FORCE),
    "client_area.agreements.choose": _own_agreement(AgreementState.REQUESTED),
    "client_area.agreements.end": _own_agreement(AgreementState.IN_FORCE),
    "client_area.agreements.stop": _own_agreement(AgreementState.IN_FORCE),
    "providers.clients.agreement": _company_s_agreement(AgreementState.REQUESTED),
    "providers.clients.decline": _company_s_agreement(AgreementState.REQUESTED),
    "providers.clients.end": _company_s_agreement(AgreementState.IN_FORCE),
    "providers.clients.stop": _company_s_agreement(AgreementState.IN_FORCE),
    "clients.ground": _strange_client,
    "vouchers.annul": _recorded_agreement(ended=False),
    "vouchers.move_on": _recorded_agreement(ended=True),
    "granting.change": _service_decision(DecisionState.MADE),
    "granting.decision": _service_decision(DecisionState.MADE),
    "granting.facts": _service_decision(DecisionState.DRAFT),
    "granting.line": _service_decision(DecisionState.DRAFT),
}
