"""Mail about questions: that there are some, and that nobody need answer. What is asked stands on the page alone."""

from __future__ import annotations

from marketplace import outbox
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import open_until
from marketplace.i18n import date_text, in_language
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.work import UnitOfWork


def effects_asked(work: UnitOfWork, asking: EffectAsking) -> OutboxMessage:
    """There are questions to answer, for who wants."""
    return outbox.send(
        work,
        _addressee(asking),
        "effects_asked",
        organisation_key=asking.client.organisation_key,
        link=_link(asking),
        until=_until(asking),
    )


def effects_reminder(work: UnitOfWork, asking: EffectAsking) -> OutboxMessage:
    """The questions still wait; this is the only reminder."""
    return outbox.send(
        work,
        _addressee(asking),
        "effects_reminder",
        organisation_key=asking.client.organisation_key,
        link=_link(asking),
        until=_until(asking),
    )


def _addressee(asking: EffectAsking) -> MailAddress:
    client = asking.client
    return MailAddress(client.email, client.name, client.language)


def _link(asking: EffectAsking) -> str:
    return outbox.address("client_area.questions.index", asking.client.language)


def _until(asking: EffectAsking) -> str:
    with in_language(asking.client.language):
        return date_text(open_until(asking.asked_on))
