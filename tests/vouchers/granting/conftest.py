"""A client who takes part in a pilot, the people who decide, and drafts of decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client, Participation
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.ledger.rules import Amount, Unit
from marketplace.permissions import Role
from marketplace.vouchers.granting import service
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import Facts, LineFacts
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user
from tests.work import work_of

PILOT = "keusote-2022"
SERVICE = "carer_leave_home"
FACTS = Facts(
    pilot_key=PILOT,
    starts_on=date(2026, 12, 1),
    ends_on=date(2027, 11, 30),
    applied_on=date(2026, 10, 15),
    voucher_accepted_on=date(2026, 11, 1),
    grounds="Tarvitset apua arjessa.",
)
LINE = LineFacts(SERVICE, Amount(Unit.MINUTES, 30 * 60))


@dataclass(frozen=True)
class Granting:
    """`client` is Olga's; `decider` decides, `colleague` is another counsellor, `stranger` of another organisation."""

    client: Client
    olga: User
    colleague: User
    decider: User
    stranger: User

    def work(self, session: Session, name: str = "olga") -> UnitOfWork:
        """A unit of work of one of the people."""
        return work_of(session, actor_of(getattr(self, name)))


def make_granting(session: Session) -> Granting:
    """The scene in the caller's session."""
    olga = make_user(session, Role.COUNSELLOR, organisation="keusote", name="Olga Ohjaaja")
    client = make_client(session, counsellor_id=olga.id)
    session.add(
        Participation(
            client_id=client.id,
            pilot_key=PILOT,
            joined_on=NOW.date() - timedelta(days=30),
            recorded_by_id=olga.id,
            recorded_at=NOW,
        )
    )
    session.flush()
    return Granting(
        client=client,
        olga=olga,
        colleague=make_user(session, Role.COUNSELLOR, organisation="keusote"),
        decider=make_user(session, Role.DECIDER, organisation="keusote"),
        stranger=make_user(session, Role.COUNSELLOR, organisation="siunsote"),
    )


def drafted(
    session: Session, scene: Granting, facts: Facts = FACTS, lines: tuple[LineFacts, ...] = (LINE,)
) -> ServiceDecision:
    """A draft with lines."""
    work = scene.work(session)
    decision = service.begin(work, scene.client.id, facts)
    for line in lines:
        service.add_line(work, decision.id, line)
    return decision


def made(
    session: Session,
    scene: Granting,
    store: FileStore,
    facts: Facts = FACTS,
    lines: tuple[LineFacts, ...] = (LINE,),
) -> ServiceDecision:
    """A decision that has been made by another person."""
    decision = drafted(session, scene, facts, lines)
    service.propose(scene.work(session), decision.id)
    return service.make(scene.work(session, "decider"), decision.id, store=store)


def tell(session: Session, client_id: int, month: date, on: datetime) -> ClientSummary:
    """Tell the client by mail what is left of a month."""
    summary = ClientSummary(
        client_id=client_id, month=month, content={"lines": [], "given": []}, made_at=on, mailed=True
    )
    session.add(summary)
    session.flush()
    return summary


def changed(**values: object) -> Facts:
    """The usual facts, some of them others."""
    return replace(FACTS, **values)  # type: ignore[arg-type]


@pytest.fixture
def scene(session: Session) -> Granting:
    """The scene in a session that is rolled back."""
    return make_granting(session)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Where letters are kept."""
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000)


@pytest.fixture
def kept(app: Flask, database: Database) -> Granting:
    """The scene in the portal's own database."""
    with app.app_context(), database.transaction() as session:
        return make_granting(session)
