"""An approved provider with an offer that clients see, and the people of two organisations."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.offers.models import Offer
from marketplace.permissions import Actor, Role
from tests.factories import (
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)


@dataclass(frozen=True)
class Scene:
    """`offer` belongs to Keusote's pilot; `stranger` is a counsellor of Siun sote, whose own offer is `elsewhere`."""

    offer: Offer
    elsewhere: Offer
    admin: User
    counsellor: User
    reviewer: User
    auditor: User
    stranger: User

    def actor(self, name: str) -> Actor:
        """One of the people as services see them."""
        return actor_of(getattr(self, name))


def make_scene(session: Session) -> Scene:
    """The scene in the caller's session."""
    provider = make_provider(session, official_name="Äiti ja lapsi Oy")
    approvals = make_approval(session, provider), make_approval(session, provider, pilot_key="siunsote-2017")
    for approval in approvals:
        make_required_evidence(session, approval)
    here, elsewhere = (make_offer(session, approval) for approval in approvals)
    return Scene(
        offer=here,
        elsewhere=elsewhere,
        admin=make_provider_admin(session, provider),
        counsellor=make_user(session, Role.COUNSELLOR, organisation="keusote", name="Olga Ohjaaja"),
        reviewer=make_user(session, Role.REVIEWER, organisation="keusote"),
        auditor=make_user(session, Role.AUDITOR, organisation="keusote"),
        stranger=make_user(session, Role.COUNSELLOR, organisation="siunsote"),
    )


@pytest.fixture
def scene(session: Session) -> Scene:
    """The scene in a session that is rolled back."""
    return make_scene(session)


@pytest.fixture
def kept(app: Flask) -> Scene:
    """The scene in the portal's own database, for tests of pages."""
    database: Database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        return make_scene(session)
