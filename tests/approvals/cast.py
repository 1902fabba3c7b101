"""The people around one application: a company's two, and the office's reviewer and decider."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.config import Settings
from marketplace.files.store import FileStore
from marketplace.permissions import Actor, Role
from marketplace.providers.models import Provider
from tests.conftest import settings_for
from tests.factories import make_provider, make_provider_admin, make_user


@dataclass(frozen=True)
class Cast:
    """A provider and the people who act; staff belong to Keusote, `stranger` to Soite."""

    provider: Provider
    applicant: User
    colleague: User
    reviewer: User
    decider: User
    stranger: User

    def actor(self, name: str) -> Actor:
        """One of the people as services see them."""
        return actor_of(getattr(self, name))


def make_cast(session: Session, language: str = "fi") -> Cast:
    """The cast, whose applicant reads `language`."""
    provider = make_provider(session, iban="FI2112345600000785")
    return Cast(
        provider=provider,
        applicant=make_provider_admin(session, provider, language=language, name="Aino Hakija"),
        colleague=make_user(session, Role.PROVIDER_EDITOR, provider_id=provider.id),
        reviewer=make_user(session, Role.REVIEWER, organisation="keusote", name="Kaisa Käsittelijä"),
        decider=make_user(session, Role.DECIDER, organisation="keusote", name="Pentti Päättäjä"),
        stranger=make_user(session, Role.REVIEWER, organisation="soite"),
    )


@pytest.fixture
def cast(session: Session) -> Cast:
    """The cast in a transaction that is rolled back."""
    return make_cast(session)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    """A file store of the test's own."""
    settings: Settings = settings_for("sqlite://", tmp_path_factory.mktemp("files"))
    return FileStore.of(settings)
