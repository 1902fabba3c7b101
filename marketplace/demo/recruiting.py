"""How the demo's main pilot looks for providers: a list of addressees and an information session ahead."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from marketplace.i18n import HELSINKI, LocalizedText, helsinki_date
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import INVITATION
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import SESSION, RegistrationState

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


def invite(session: Session, *, now: datetime) -> None:
    """List some addressees who have not been written to yet and plan an information session with two guests."""
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
