"""The people around an invitation: Keusote's coordinator, and one of another organisation."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.permissions import Actor, Role
from marketplace.recruiting.invitations import service
from marketplace.recruiting.invitations.addresses import addressee
from marketplace.recruiting.invitations.models import Invitation
from tests.factories import make_user
from tests.work import work_of

PILOT = "keusote-2022"


@dataclass(frozen=True)
class Office:
    """Staff: the first two and the auditor belong to Keusote, the stranger to Soite."""

    coordinator: User
    decider: User
    auditor: User
    stranger: User

    @property
    def actor(self) -> Actor:
        """The coordinator as services see her."""
        return actor_of(self.coordinator)


def make_office(session: Session) -> Office:
    """The office's people."""
    return Office(
        coordinator=make_user(
            session, Role.COORDINATOR, organisation="keusote", name="Kerttu Koordinaattori"
        ),
        decider=make_user(session, Role.DECIDER, organisation="keusote"),
        auditor=make_user(session, Role.AUDITOR, organisation="keusote"),
        stranger=make_user(session, Role.COORDINATOR, organisation="soite"),
    )


def listed(session: Session, office: Office, number: int, **facts: str) -> list[Invitation]:
    """So many addressees on the list of `PILOT`, not written to yet."""
    people = [
        addressee(
            facts.get("name", f"Yritys {each} Oy"),
            f"yritys{each}@example.fi",
            facts.get("language", "fi"),
            facts.get("business_id", ""),
        )
        for each in range(number)
    ]
    return list(service.add(work_of(session, office.actor), PILOT, people).added)


@pytest.fixture
def office(session: Session) -> Office:
    """The office in a transaction that is rolled back."""
    return make_office(session)
