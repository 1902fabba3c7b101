"""The trail knows things by names of its own, which no change of the program may touch: old events keep them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.labels import SUBJECTS
from marketplace.audit.service import append
from marketplace.db import Base
from marketplace.pilots.models import PilotVersion
from marketplace.providers.models import Provider
from tests.factories import make_provider
from tests.work import work_of

NAMES = {
    "access_requests": "AccessRequest",
    "account_changes": "AccountChange",
    "agreements": "Agreement",
    "applications": "Application",
    "evidence": "Evidence",
    "information_sessions": "InformationSession",
    "invitations": "Invitation",
    "invitation_rounds": "InvitationRound",
    "offers": "Offer",
    "organisations": "Organisation",
    "person_invitations": "PersonInvitation",
    "pilots": "Pilot",
    "providers": "Provider",
    "service_approvals": "ServiceApproval",
    "service_units": "ServiceUnit",
    "stored_files": "StoredFile",
    "users": "User",
}
"""Table → the name under which its rows stand in the trail. Lines are added here, never changed or taken out."""


def test_the_names_in_the_trail_never_change() -> None:
    given = {
        str(mapper.local_table): mapper.class_.__audit_name__
        for mapper in Base.registry.mappers
        if hasattr(mapper.class_, "__audit_name__")
    }
    assert given == NAMES


def test_every_name_in_the_trail_has_words_for_the_auditor() -> None:
    assert set(NAMES.values()) == set(SUBJECTS)


def test_a_class_may_be_renamed_without_changing_the_trail(session: Session) -> None:
    provider = make_provider(session)
    Provider.__name__ = "Company"
    try:
        event = append(work_of(session), "test.renamed", provider)
    finally:
        Provider.__name__ = "Provider"
    assert (event.subject_type, event.subject_id) == ("Provider", str(provider.id))


def test_a_thing_without_a_name_in_the_trail_is_no_subject(session: Session) -> None:
    version = session.scalars(sa.select(PilotVersion)).first()
    with pytest.raises(AttributeError, match="__audit_name__"):
        work_of(session).record("test.nameless", version)
