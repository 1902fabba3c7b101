"""Telling counsellors that clients may need another provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.permissions import Role
from marketplace.providers.models import ServiceApproval
from marketplace.vouchers import mails
from marketplace.vouchers.queries import under_approvals
from marketplace.work import UnitOfWork


def tell_counsellors(work: UnitOfWork, approvals: Sequence[int], what: object) -> None:
    """Mail each counsellor how many clients whose agreements that person recorded are touched, approval by approval.

    What a client asked for by itself, and what was recorded by somebody who has left, is told to every counsellor of
    the organisation. For the slot `providers.offers_lost`.
    """
    for approval_id in approvals:
        approval = work.session.get_one(ServiceApproval, approval_id)
        counsellors = staff(work.session, approval.pilot.organisation_key, frozenset({Role.COUNSELLOR}))
        clients: dict[int, set[str]] = defaultdict(set)
        people: dict[int, User] = {person.id: person for person in counsellors}
        for agreement in under_approvals(work.session, [approval_id], today=work.today):
            known = agreement.recorded_by_id in people
            for person_id in [agreement.recorded_by_id] if known else list(people):
                clients[person_id].add(agreement.client_number)
        for person_id, numbers in clients.items():
            mails.clients_touched(work, people[person_id], approval, len(numbers), what)
