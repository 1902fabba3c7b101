"""Messages about an application, and how far each person has read them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.db import Base, one_of


class Message(Base):
    """What somebody wrote about an application. `side`: whether the provider's person wrote it or the office's."""

    __tablename__ = "application_messages"
    __table_args__ = (one_of("side", Side, "side_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    side: Mapped[Side]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    text: Mapped[str]
    sent_at: Mapped[datetime]

    application: Mapped[Application] = relationship()
    author: Mapped[User] = relationship()


class ThreadMark(Base):
    """The last message of an application's thread that a person has read."""

    __tablename__ = "thread_marks"

    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("application_messages.id"))
