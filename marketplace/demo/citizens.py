"""What the demo's client and helper begin with: a letter with codes, a mandate, and a log that somebody has read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clients.letters.document import letter_pdf
from marketplace.clients.letters.models import ClientLetter
from marketplace.clients.letters.rules import LENGTH
from marketplace.clients.letters.service import add_codes
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import LINK_HOLDS, Scope, Source
from marketplace.clients.models import Client, ClientAccess, Consent
from marketplace.clients.rules import ConsentKind, Ground, Part
from marketplace.codes import ALPHABET
from marketplace.demo.chance import Chance
from marketplace.demo.mails import demo_letter
from marketplace.demo.people import DOMAIN, MAIN_ORGANISATION
from marketplace.permissions import SYSTEM
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import client_rules
from marketplace.work import UnitOfWork

GIVEN_AGO: Final = timedelta(days=30)
"""How long ago the demo's client gave the mandate and the consent."""

LOOKS: Final = ((29, Part.FACTS), (12, Part.AGREEMENTS), (3, Part.FACTS))
"""How many days ago the counsellor looked at what."""


def equip(session: Session, *, seed: int, now: datetime) -> None:
    """Give the demo's client a letter, a helper and a log. The letter comes as a mail, for the demo has no post."""
    client = session.scalars(
        sa.select(Client).join(Client.user).where(User.email == f"client@{DOMAIN}")
    ).one()
    helper = session.scalars(sa.select(User).where(User.email == f"helper@{DOMAIN}")).one()
    assert client.user_id is not None and client.counsellor_id is not None  # noqa: S101, PT018 - as the demo makes them
    session.add(
        Mandate(
            client_id=client.id,
            helper_id=helper.id,
            source=Source.PORTAL,
            scope=Scope.ACT,
            name=helper.name,
            email=helper.email,
            expires_at=now - GIVEN_AGO + LINK_HOLDS,
            given_at=now - GIVEN_AGO,
            given_by_id=client.user_id,
            accepted_at=now - GIVEN_AGO + timedelta(hours=1),
        )
    )
    session.add(
        Consent(
            client_id=client.id,
            kind=ConsentKind.EFFECTS,
            given_at=now - GIVEN_AGO,
            given_by_id=client.user_id,
        )
    )
    session.add_all(
        ClientAccess(
            client_id=client.id,
            at=now - timedelta(days=days),
            user_id=client.counsellor_id,
            part=part,
            ground=Ground.HANDLING,
        )
        for days, part in LOOKS
    )
    _send_letter(session, client, seed=seed, now=now)


def _send_letter(session: Session, client: Client, *, seed: int, now: datetime) -> None:
    rules, chance = client_rules(MAIN_ORGANISATION), Chance.of(seed, "letter")
    codes = ["".join(chance.one(ALPHABET) for _sign in range(LENGTH)) for _code in range(rules.codes)]
    letter = ClientLetter(
        client_id=client.id,
        made_at=now,
        made_by_id=client.counsellor_id or 0,
        expires_at=now + timedelta(days=rules.code_days),
    )
    session.add(letter)
    session.flush()
    add_codes(session, letter, codes)
    organisation = session.get_one(Organisation, MAIN_ORGANISATION)
    content = letter_pdf(
        client,
        organisation,
        codes,
        expires_at=letter.expires_at,
        signed_by=client.counsellor.name if client.counsellor else "",
        now=now,
    )
    demo_letter(UnitOfWork(session, SYSTEM, now), client, codes=codes, letter=content)
