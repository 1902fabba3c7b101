"""Reading the mail of an organisation that no server took."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.outbox import OutboxMessage
from marketplace.paging import Page, page_of
from marketplace.undelivered.rules import ABOUT_CLIENTS, MailKind, MailObstacle, kind_of, obstacle_of


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A message that no server took. `is_hidden`: who gets it and its subject are not the reader's to see."""

    message: OutboxMessage
    is_hidden: bool

    @property
    def kind(self) -> MailKind:
        """What the message is about."""
        return kind_of(self.message.template)

    @property
    def obstacle(self) -> MailObstacle:
        """Why no server took it."""
        return obstacle_of(self.message.last_error)


def given_up(session: Session, organisation: str, page: int, *, sees_clients: bool) -> Page[GivenUp]:
    """The organisation's mail that no server took, the newest first."""
    found = page_of(session, outbox.given_up_by(organisation), page)
    return found.showing(
        [
            GivenUp(row, is_hidden=not sees_clients and kind_of(row.template) in ABOUT_CLIENTS)
            for row in found.rows
        ]
    )


def count(organisation: str) -> sa.ScalarSelect[int]:
    """A subquery that counts them."""
    asked = outbox.given_up_by(organisation).order_by(None).with_only_columns(sa.func.count(OutboxMessage.id))
    return asked.scalar_subquery()
