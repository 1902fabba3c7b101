"""The data of a person near to a client, who is a data subject as well: a copy, a correction, the erasure.

What stays when a person is erased is what was agreed, given and paid, by the number of the row, and what statements and
payments say of who was paid: evidence of the accounts, as with every provider.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.rules import holds_identity_code
from marketplace.errors import Conflict, Invalid
from marketplace.files.service import forget_files
from marketplace.i18n import _l
from marketplace.providers.models import Provider
from marketplace.providers.queries import provider_to_change
from marketplace.vouchers.own_people import queries
from marketplace.vouchers.own_people.audit_actions import OwnPersonAudit
from marketplace.vouchers.own_people.comparing import compare_corrected
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import OWN_PERSON
from marketplace.work import UnitOfWork

ERASED = "–"
"""What stands in the place of a name and of a reason once the data were erased."""

CORRECTED = ("name", "phone", "email", "street", "postal_code", "city")
"""What is corrected; the account number is changed by two people, as with every provider."""


def export_person(work: UnitOfWork, own: OwnPerson) -> str:
    """Everything that is kept of a person, as JSON."""
    work.record(OwnPersonAudit.EXPORT, own, organisation=own.client.organisation_key)
    return json.dumps(queries.data_of(own), ensure_ascii=False, indent=2) + "\n"


def correct_person(work: UnitOfWork, own: OwnPerson, changes: dict[str, str]) -> OwnPerson:
    """Correct what is kept of a person.

    Raises Invalid for an identity code, for a name that is empty, and for that of somebody who may act for the client.
    """
    if any(holds_identity_code(each) for each in changes.values()):
        raise Invalid(_l("Write no personal identity code here."))
    if not changes.get("name", "x").strip():
        raise Invalid(_l("Write the name."), field="name")
    provider = _provider(work.session, own)
    own = queries.hold(work.session, own)
    for name, value in changes.items():
        setattr(own, name, value.strip())
        if provider is not None:
            setattr(provider, "official_name" if name == "name" else name, value.strip())
    if changes.keys() & {"name", "email"}:
        compare_corrected(work, own)
    work.record(
        OwnPersonAudit.CORRECT,
        own,
        organisation=own.client.organisation_key,
        after={"changed": sorted(changes)},
    )
    return own


def erase_person(work: UnitOfWork, own: OwnPerson) -> None:
    """Erase what is known of a person. Raises Conflict while the person is proposed, approved or not yet paid."""
    provider = _provider(work.session, own)
    own = queries.hold(work.session, own)
    if own.state in OWN_PERSON.open or (own.ends_on is not None and own.ends_on >= work.today):
        raise Conflict(_l("The person is still proposed or approved. End that first."))
    if queries.is_owed(work.session, own):
        raise Conflict(
            _l(
                "The person may still have to be paid. Wait until everything is confirmed and paid and nothing more can"
                " be recorded."
            )
        )
    _forget(work.session, own, provider)
    own.erased_at = work.now
    work.record(OwnPersonAudit.ERASE, own, organisation=own.client.organisation_key)


def forget_client(session: Session, client_id: int) -> None:
    """Forget the people near to a client whose data are erased; for the slot `clients.erased`."""
    people = session.scalars(
        sa.select(OwnPerson).where(OwnPerson.client_id == client_id).order_by(OwnPerson.id)
    )
    for own in people.all():
        _forget(session, own, _provider(session, own))


def _provider(session: Session, own: OwnPerson) -> Provider | None:
    return None if own.offer is None else provider_to_change(session, own.offer.provider_id)


def _forget(session: Session, own: OwnPerson, provider: Provider | None) -> None:
    own.name, own.reason = ERASED, ERASED if own.reason else ""
    own.relation = own.phone = own.email = own.street = own.postal_code = own.city = own.iban = ""
    letter, own.file_id = own.file_id, None
    if provider is not None:
        provider.official_name = ERASED
        provider.phone = provider.email = provider.street = provider.postal_code = provider.city = ""
        provider.iban = provider.bic = ""
    session.flush()
    forget_files(session, [letter], but=sa.select(OwnPerson.file_id))
