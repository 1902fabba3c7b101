"""How the demo's main pilot gets its providers: invited, at an information session, and from a list of its own."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.i18n import HELSINKI, LocalizedText, helsinki_date
from marketplace.recruiting.importing import confirming
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import INVITATION
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import SESSION, RegistrationState
from marketplace.sheets import Table
from marketplace.work import UnitOfWork

PILOT: Final = "keusote-2022"
DAYS_AHEAD: Final = 16
NAMES: Final = (
    ("Kuiskauskujan Kotiväki Oy", "fi"),
    ("Hirsimäen Hoivatiimi Oy", "fi"),
    ("Åkerbrinkens Omsorg Ab", "sv"),
    ("Saniaispolun Saattajat Ky", "fi"),
    ("Lövhagens Dagcentral rf", "sv"),
    ("Pihlajaportin Perhepalvelut Oy", "fi"),
)
GUESTS: Final = (
    ("Helka Esimerkki", "Hirsimäen Hoivatiimi Oy", "fi"),
    ("Rolf Exempel", "Åkerbrinkens Omsorg Ab", "sv"),
)
APPROVED: Final = (
    ("Y-tunnus", "Nimi", "Postinumero", "Puhelin", "Palvelu", "Kunnat", "Hyväksytty", "Yhteyshenkilö"),
    (
        "9100170-2",
        "Ängsbackan Päiväkoti Oy",
        "4300",
        "401234567",
        "Päivätoiminta",
        "Hyrylä",
        "1.3.26",
        "Eeva",
    ),
    ("9100180-9", "Sävelen Kyydit Osk", "05800", "soita illalla", "Taksi", "koko Keusote", "1.3.2026", ""),
    ("9100190-5", "Rinnetien Tuki Ky", "05800", "019 333 444", "Päivätoiminta", "Porvoo", "1.3.2026", ""),
    ("YHTEENSÄ", "3 tuottajaa", "", "", "", "", "", ""),
)
"""A county's list of providers that it has approved before, with the slips that such lists have."""


def invite(session: Session, *, now: datetime) -> None:
    """List some addressees who have not been written to yet, plan an information session with two guests, and send a
    list of approved providers that waits to be confirmed.
    """
    coordinator = session.scalars(sa.select(User).where(User.email == "coordinator@demo.fi")).one()
    confirming.keep(
        UnitOfWork(session, actor_of(coordinator), now),
        PILOT,
        [Table(rows=APPROVED, origin="")],
        file_name="hyvaksytyt-tuottajat.xlsx",
    )
    for number, (name, language) in enumerate(NAMES, start=1):
        session.add(
            Invitation(
                pilot_key=PILOT,
                name=name,
                email=f"kutsuttava{number}@posti.example",
                language=language,
                state=INVITATION.initial,
                listed_at=now,
            )
        )
    day = helsinki_date(now) + timedelta(days=DAYS_AHEAD)
    meeting = InformationSession(
        pilot_key=PILOT,
        title=LocalizedText(
            fi="Tietoa henkilökohtaisesta budjetista palveluntuottajille",
            sv="Information om personlig budget för serviceproducenter",
        ),
        description=LocalizedText(
            fi="Kerromme, miten kokeiluun haetaan ja miten palvelut maksetaan. Voit kysyä mitä tahansa.",
            sv="Vi berättar hur man ansöker till försöket och hur tjänsterna betalas. Du får fråga om vad som helst.",
        ),
        place=LocalizedText(fi="Teams-kokous", sv="Teams-möte"),
        link="https://kokous.example/hb",
        starts_at=datetime.combine(day, time(16), HELSINKI),
        ends_at=datetime.combine(day, time(17), HELSINKI),
        seats=100,
        state=SESSION.initial,
        created_at=now,
        changed_at=now,
    )
    for number, (name, company, language) in enumerate(GUESTS, start=1):
        meeting.registrations.append(
            SessionRegistration(
                name=name,
                company=company,
                email=f"vieras{number}@posti.example",
                language=language,
                state=RegistrationState.COMING,
                token=f"demo-{number}",
                registered_at=now,
            )
        )
    session.add(meeting)
