"""What the things in the audit trail are: whose, about what, and where they are looked at."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.audit.subjects import Kind
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.models import Client
from marketplace.clients.plans.models import SupportPlan
from marketplace.deliveries.models import Delivery
from marketplace.effects.models import EffectAsking
from marketplace.enquiries.models import Enquiry
from marketplace.i18n import LocalizedText, current_language
from marketplace.offers.models import Offer
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.payments.statements.models import Statement
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.api_keys.models import ApiKey
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.company.models import AccessRequest, AccountChange, PersonInvitation
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.units.models import ServiceUnit
from marketplace.recruiting.importing.models import SentList
from marketplace.recruiting.invitations.models import Invitation, InvitationRound
from marketplace.recruiting.sessions.models import InformationSession
from marketplace.vacancies.models import PlaceNotice
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.own_people.models import OwnPerson


def _service(key: str) -> str:
    """The name of a service; its key when the vocabulary has lost it."""
    return SERVICES[key].name[current_language()] if key in SERVICES else key


def _localized(text: LocalizedText) -> str:
    """A text of the database in the reader's language, or in the other where it has none."""
    return text.text(current_language())[0]


def _own(table: Any, **given: Any) -> Kind:
    """Things of a company, told on its page in the office where they have none of their own."""
    own = {"page": "approvals.company", "values": {"provider_id": table.provider_id}}
    return Kind(table, getattr(table, given.pop("key", "id")), table.provider_id, **{**own, **given})


def _of_client(table: Any, **given: Any) -> Kind:
    """Things of a client of the register."""
    page = {"page": "clients.client", "values": {"client_id": table.client_id}}
    return Kind(
        table,
        table.id,
        client=(Client.organisation_key, Client.number),
        joined=((Client, Client.id == table.client_id),),
        **{**page, **given},
    )


def every_kind() -> tuple[Kind, ...]:
    """The kinds of things that have a company, a client, a name or a page; of others the trail tells the number."""
    return (*_of_companies(), *_of_clients(), *_others())


def _of_companies() -> tuple[Kind, ...]:
    return (
        Kind(
            Provider, Provider.id, Provider.id, page="approvals.company", values={"provider_id": Provider.id}
        ),
        _own(ProviderRight, key="provider_id"),
        _own(StripeAccount, key="provider_id"),
        _own(
            Evidence,
            page="approvals.proof",
            values={"provider_id": Evidence.provider_id, "evidence_id": Evidence.id},
        ),
        _own(
            ServiceApproval,
            title=ServiceApproval.service_key,
            words=_service,
            page="approvals.standing",
            values={"approval_id": ServiceApproval.id},
        ),
        _own(ServiceUnit, title=ServiceUnit.name),
        _own(ApiKey, title=ApiKey.name),
        _own(AccountChange),
        _own(PersonInvitation),
        _own(AccessRequest),
        _own(Offer, title=Offer.service_key, words=_service),
        _own(Application, page="approvals.review", values={"application_id": Application.id}),
        _own(Enquiry),
        _own(Statement, page="office_statements.show", values={"statement_id": Statement.id}),
        _own(PaymentRow, page="payments.payment", values={"payment_id": PaymentRow.id}),
        _own(Invitation, page="recruiting.invitations", values={"pilot_key": Invitation.pilot_key}),
        Kind(
            PlaceNotice,
            PlaceNotice.id,
            Offer.provider_id,
            title=Offer.service_key,
            words=_service,
            joined=((Offer, Offer.id == PlaceNotice.offer_id),),
        ),
    )


def _of_clients() -> tuple[Kind, ...]:
    return (
        Kind(
            Client,
            Client.id,
            client=(Client.organisation_key, Client.number),
            page="clients.client",
            values={"client_id": Client.id},
        ),
        _of_client(Mandate),
        _of_client(SupportPlan),
        _of_client(
            OwnPerson,
            page="own_people.own_person",
            values={"client_id": OwnPerson.client_id, "own_id": OwnPerson.id},
        ),
        _of_client(EffectAsking),
        _of_client(
            ServiceDecision,
            title=ServiceDecision.number,
            page="granting.decision",
            values={"decision_id": ServiceDecision.id},
        ),
        Kind(
            Agreement,
            Agreement.id,
            Offer.provider_id,
            client=(Agreement.organisation_key, Agreement.client_number),
            joined=((Offer, Offer.id == Agreement.offer_id),),
            title=Offer.service_key,
            words=_service,
            page="vouchers.agreement",
            values={"agreement_id": Agreement.id},
        ),
        Kind(
            Delivery,
            Delivery.id,
            Delivery.provider_id,
            client=(Delivery.organisation_key, Delivery.client_number),
            page="office_deliveries.show",
            values={"delivery_id": Delivery.id},
        ),
    )


def _others() -> tuple[Kind, ...]:
    return (
        Kind(Batch, Batch.id, page="payments.show", values={"batch_id": Batch.id}),
        Kind(
            InvitationRound,
            InvitationRound.id,
            page="recruiting.invitations",
            values={"pilot_key": InvitationRound.pilot_key},
        ),
        Kind(
            SentList,
            SentList.id,
            title=SentList.file_name,
            page="recruiting.imported",
            values={"list_id": SentList.id},
        ),
        Kind(
            InformationSession,
            InformationSession.id,
            title=InformationSession.title,
            words=_localized,
            page="recruiting.office_session",
            values={"session_id": InformationSession.id},
        ),
        Kind(Organisation, Organisation.key, title=Organisation.short_name, words=_localized),
        Kind(User, User.id, title=User.name),
    )
