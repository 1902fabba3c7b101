"""Getting a document to its party: by mail where there is an address, else by a letter that the office posts.

An ordinary electronic message is taken to have arrived on the third day (Act 13/2003 § 19), a letter on the seventh
(Act 434/2003 § 59). What still has to be posted has reached nobody, and no time limit runs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.accounts.models import User
from marketplace.accounts.queries import provider_people
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.db import for_change
from marketplace.decisions.rules import Channel, presumed_service
from marketplace.i18n import LANGUAGES
from marketplace.outbox import MailAddress, OutboxMessage, Recipient
from marketplace.providers.company.queries import admins_of, admins_of_all
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PartyReach:
    """How a provider is reached, and who gets the mail; nobody when it has to be posted."""

    channel: Channel
    recipients: tuple[Recipient, ...]

    @property
    def language(self) -> str | None:
        """The language of the first who gets the mail."""
        return self.recipients[0].language if self.recipients else None


def reach_of(session: Session, provider: Provider, first: User | None = None) -> PartyReach:
    """How a provider is reached: `first` while that person acts for it, else its admins, else its own address."""
    if first is not None and first in provider_people(session, provider.id):
        return PartyReach(Channel.PEOPLE, (first,))
    return _reach(provider, admins_of(session, provider.id))


def reaches_of(session: Session, providers: Collection[Provider]) -> dict[int, PartyReach]:
    """How each of many providers is reached, by its number: its admins, else its own address."""
    admins = admins_of_all(session, [each.id for each in providers])
    return {each.id: _reach(each, admins.get(each.id, ())) for each in providers}


def _reach(provider: Provider, admins: Sequence[User]) -> PartyReach:
    if admins:
        return PartyReach(Channel.PEOPLE, tuple(admins))
    if provider.email:
        own = MailAddress(provider.email, provider.official_name, language_of(provider))
        return PartyReach(Channel.COMPANY, (own,))
    return PartyReach(Channel.POST, ())


def language_of(provider: Provider) -> str:
    """The language of letters to a company without people: Finnish unless it serves in Swedish and not in Finnish."""
    return next((each for each in LANGUAGES if each in provider.languages), LANGUAGES[0])


def reading_language(session: Session, provider: Provider) -> str:
    """The language in which a provider gets its documents: that of the first who gets them."""
    return reach_of(session, provider).language or language_of(provider)


def days_of_letter(work: UnitOfWork, to: Recipient, due_on: date) -> int:
    """How many days a letter on paper gives from its receipt; 0 for a mail, which names the day itself."""
    return 0 if to.email else (due_on - work.today).days


def serve(
    work: UnitOfWork,
    kind: Served,
    provider: Provider,
    pilot_key: str,
    reach: PartyReach,
    write: Callable[[Recipient], OutboxMessage],
    **subject: int,
) -> ServedDocument:
    """Write the mail to everybody whom `reach` names, and down how the document goes to its party.

    `subject` names what it is about (`measure_id=12`). Where nobody has an address it waits to be posted.
    """
    for recipient in reach.recipients:
        write(recipient)
    by_post = reach.channel is Channel.POST
    letter = write(MailAddress("", provider.official_name, language_of(provider))) if by_post else None
    sent_on = None if by_post else work.today
    document = ServedDocument(
        kind=kind,
        pilot_key=pilot_key,
        provider_id=provider.id,
        channel=reach.channel,
        written_on=work.today,
        sent_on=sent_on,
        served_on=None if sent_on is None else presumed_service(reach.channel, sent_on),
        title=letter.subject if letter else "",
        text=letter.body if letter else "",
        language=letter.language if letter else "",
        **subject,
    )
    work.session.add(document)
    return document


def call_off(session: Session, subject: InstrumentedAttribute[int | None], number: int) -> None:
    """Drop the letters about a subject that still wait to be posted: it is over, and they shall not go any more."""
    letters = sa.select(ServedDocument).where(subject == number, ServedDocument.sent_on.is_(None))
    for letter in session.scalars(letters.with_for_update(**for_change(ServedDocument))):
        session.delete(letter)
    session.flush()
