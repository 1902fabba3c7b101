"""What the demo's main office has written to many providers: one message that went, and one that is still a draft."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.approvals.circulars import service
from marketplace.approvals.circulars.addressing import addressed
from marketplace.approvals.circulars.service import CircularFacts
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.i18n import LocalizedText
from marketplace.work import UnitOfWork

SENT: Final = CircularFacts(
    LocalizedText(fi="Laskutus joulukuussa", sv="Faktureringen i december"),
    LocalizedText(
        fi="Kirjaa marraskuun palvelut viimeistään 5. joulukuuta.\n\nMaksamme ne ennen joulua.",
        sv="Registrera tjänsterna i november senast den 5 december.\n\nVi betalar dem före jul.",
    ),
    service="transport",
)
DRAFT: Final = CircularFacts(
    LocalizedText(fi="Pyhien vapaat paikat", sv="Lediga platser under helgerna"),
    LocalizedText(
        fi="Päivitä vapaat paikat Palvelutorille ennen pyhiä.",
        sv="Uppdatera de lediga platserna på Servicetorget före helgerna.",
    ),
    pilot="keusote-2022",
)
FEW: Final = 3


def announce(session: Session, *, now: datetime) -> None:
    """Send the one to a few companies two days ago, and leave the other as a draft."""
    reviewer = session.scalars(sa.select(User).where(User.email == "reviewer@demo.fi")).one()
    work = UnitOfWork(session, actor_of(reviewer), now - timedelta(days=2))
    message = service.begin(work, MAIN_ORGANISATION, SENT)
    found = addressed(work, message)[:FEW]
    service.send(work, message.id, [each.provider.id for each in found])
    service.begin(work, MAIN_ORGANISATION, DRAFT)
