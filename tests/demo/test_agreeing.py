"""The requests and agreements of the demo's own client: every state is there, each with what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clients.models import Client
from marketplace.i18n import helsinki_date
from marketplace.ledger import proof
from marketplace.vouchers.agreeing.queries import waiting_for
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import of_client
from marketplace.vouchers.rules import AgreementParty, AgreementState
from tests.conftest import NOW
from tests.demo.test_content import provider_of


def own(content: Session) -> Sequence[Agreement]:
    client = content.scalars(sa.select(Client).join(Client.user).where(User.email == "client@demo.fi")).one()
    return of_client(content, client.organisation_key, client.number)


def test_the_client_of_the_demo_has_requests_and_agreements_in_every_state(content: Session) -> None:
    found = own(content)
    assert {each.state for each in found} == set(AgreementState) - {AgreementState.MISTAKEN}
    assert {each.asked_by for each in found} >= {None, AgreementParty.CLIENT, AgreementParty.HELPER}
    assert list(proof.problems(content)) == []


def test_a_request_waits_for_the_demo_s_own_company_and_a_contract_can_be_read(content: Session) -> None:
    company = provider_of(content, "provider@demo.fi")
    assert waiting_for(content, company.id)[0] >= helsinki_date(NOW)
    contracts = [each for each in own(content) if each.file is not None]
    assert contracts
    assert {each.file.media_type for each in contracts if each.file} == {"application/pdf"}
