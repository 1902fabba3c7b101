"""An agreement of the demo that a counsellor recorded by mistake, and has marked so."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.deliveries.models import Delivery
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.vouchers.mistakes import service
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState
from marketplace.work import UnitOfWork

REASON = {
    "fi": "Sopimus kirjattiin väärälle palvelulle.",
    "sv": "Avtalet antecknades för fel tjänst.",
}


def annul_one(session: Session, *, now: datetime) -> None:
    """Mark the newest agreement that the main office recorded, and under which nothing was given, as a mistake."""
    counsellor = session.scalars(sa.select(User).where(User.email == "counsellor@demo.fi")).one()
    work = UnitOfWork(session, actor_of(counsellor), now - timedelta(days=1))
    newest = session.scalars(
        sa.select(Agreement.id)
        .where(
            Agreement.organisation_key == MAIN_ORGANISATION,
            Agreement.asked_by.is_(None),
            Agreement.state == AgreementState.IN_FORCE,
            Agreement.id.not_in(sa.select(Delivery.agreement_id)),
        )
        .order_by(Agreement.starts_on.desc(), Agreement.id.desc())
        .limit(1)
    ).one()
    service.annul(work, newest, REASON[counsellor.language])
