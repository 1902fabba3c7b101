"""Mail about free places, to an address of which nothing else is known."""

from __future__ import annotations

from marketplace import outbox
from marketplace.offers.queries import title_on
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.vacancies.models import PlaceNotice
from marketplace.work import UnitOfWork


def free_place_confirm(work: UnitOfWork, notice: PlaceNotice, token: str, language: str) -> OutboxMessage:
    """The letter whose link confirms the wish, and ends it; in the language of who has asked for it."""
    return outbox.send(
        work,
        MailAddress(notice.email, "", language),
        "free_place_confirm",
        organisation_key=None,
        title=title_on(notice.offer, work.today)[language],
        link=outbox.address("vacancies.opened", language, key=token),
    )


def free_place(work: UnitOfWork, notice: PlaceNotice) -> OutboxMessage:
    """The mail to who waits: the offer has a free place."""
    return outbox.send(
        work,
        MailAddress(notice.email, "", notice.language),
        "free_place",
        organisation_key=None,
        title=title_on(notice.offer, work.today)[notice.language],
        provider=notice.offer.provider,
        link=outbox.address("search.offer", notice.language, offer_id=notice.offer_id),
    )
