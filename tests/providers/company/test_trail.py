"""What is done to a company is seen by the auditors of the organisations that it concerns, and by nobody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.audit.proof import verdict
from marketplace.audit.queries import TrailFilter, events
from marketplace.audit.service import seal_waiting
from marketplace.i18n import helsinki_date
from marketplace.providers.company import service
from marketplace.providers.evidence.service import add_evidence
from marketplace.providers.models import Provider
from tests.factories import NOW, make_approval, make_provider, make_provider_admin
from tests.work import work_of

ACTIONS = ("evidence.add", "provider.vat")


def seen_by(session: Session, organisation: str) -> list[str]:
    found = events(session, organisation, TrailFilter()).page.rows
    return [event.action for event in found if event.action in ACTIONS]


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session)


def change_twice(session: Session, provider: Provider) -> None:
    """The company writes its VAT down and gives a proof."""
    work = work_of(session, actor_of(make_provider_admin(session, provider)))
    service.save_vat(work, provider_id=provider.id, seen=str(provider.revision), codes={"day_activity": "EX"})
    add_evidence(work, provider_id=provider.id, kind="criminal_record", issued_on=helsinki_date(NOW))


def test_each_organisation_of_the_company_has_its_own_event(session: Session, provider: Provider) -> None:
    make_approval(session, provider)
    make_approval(session, provider, pilot_key="siunsote-2017")
    change_twice(session, provider)
    for organisation in ("keusote", "siunsote"):
        assert seen_by(session, organisation) == ["evidence.add", "provider.vat"]
    assert seen_by(session, "soite") == []
    seal_waiting(session)
    assert verdict(session).problem is None


def test_a_company_that_no_organisation_knows_is_nobodys_to_look_at(
    session: Session, provider: Provider
) -> None:
    change_twice(session, provider)
    found = session.scalars(
        sa.select(AuditEvent.organisation_key).where(AuditEvent.action.in_(ACTIONS))
    ).all()
    assert found == [None, None]
