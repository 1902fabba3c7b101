"""Comparing people who are paid near to clients with accounts, whenever one of them is called otherwise.

Nobody who is paid for a client's support acts for the client, and none of the staff handles what is paid to them. Both
are known by names and addresses only, so that they are compared when a person is proposed and approved, when a mandate
is given and accepted, and here: when a name is corrected, an account is renamed, or somebody becomes one of the staff.
"""

from __future__ import annotations

from marketplace.accounts.impartiality.service import note_own_matter
from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.clients.models import Client
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l
from marketplace.permissions import STAFF_ROLES
from marketplace.vouchers.own_people import queries
from marketplace.vouchers.own_people.labels import OWN_PERSON_FAULTS
from marketplace.vouchers.own_people.models import OwnPerson
from marketplace.vouchers.own_people.rules import decides_for_client, is_person
from marketplace.work import UnitOfWork


def compare(work: UnitOfWork, user: User) -> None:
    """Compare an account whose name or roles have changed; for the slot `accounts.known_otherwise`.

    Raises Conflict for a helper who may act for a client for whose support somebody of that name is paid.
    """
    for organisation in sorted(
        {held.organisation_key or "" for held in user.grants if held.role in STAFF_ROLES}
    ):
        for own in queries.of_organisation(work.session, organisation):
            if is_person(own.facts, user.name, user.email):
                _note(work, queries.hold(work.session, own), user)
    for client_id in queries.acted_for(work.session, user.id, work.today):
        client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
        if queries.is_paid(work.session, client, user.name, user.email, work.today):
            raise Conflict(
                _l(
                    "A person of this name is paid for the support of a client for whom you act, and nobody may do "
                    "both. Ask the client’s counsellor first."
                ),
                field="name",
            )


def _note(work: UnitOfWork, own: OwnPerson, user: User) -> None:
    """Note the matter as the user's own once there is somebody to be paid: until then approving compares."""
    if own.offer is not None:
        note_own_matter(work, user, own.offer.provider_id)


def compare_corrected(work: UnitOfWork, own: OwnPerson) -> None:
    """Compare a person whose name or address was corrected; the client is held by the caller.

    Raises Invalid for the name or address of somebody who may act for the client.
    """
    deciders = queries.deciders(work.session, own.client, work.today)
    if queries.stays(own, work.today) and decides_for_client(own.facts, deciders):
        raise Invalid(OWN_PERSON_FAULTS["decides"], field="name")
    if own.offer is not None:
        note_staff(work, own, own.offer.provider_id)


def note_staff(work: UnitOfWork, own: OwnPerson, provider_id: int) -> None:
    """Whoever of the staff is the person takes no part in what is paid to the person as this provider."""
    for each in staff(work.session, own.client.organisation_key, STAFF_ROLES):
        if is_person(own.facts, each.name, each.email):
            note_own_matter(work, each, provider_id)
