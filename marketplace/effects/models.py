"""The tables of effects: who has been asked on one side, what was answered on the other, and a link kept apart.

Askings name the client and hold no answer. Sheets and answers name a pseudonym and hold no name, number or moment.
`EffectLink` leads from one to the other, and only with a key that stands outside the database.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.clients.models import Client
from marketplace.db import Base, EnumColumn, Revised, one_of
from marketplace.effects.rules import AskingState, Way


class EffectAsking(Revised, Base):
    """A client was asked, in a pilot, at a wave (months after the start). What was answered is not here.

    `due_on`: the day of the wave; `asked_on`: when the client could first answer. `mailed`: a mail told it; otherwise
    the counsellor sends paper. `paper_on`: when it was last given or posted.
    """

    __tablename__ = "effect_askings"
    __audit_name__ = "EffectAsking"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "pilot_key", "wave"),
        one_of("state", AskingState, "state_is_known"),
        sa.CheckConstraint("wave >= 0", name="wave_counts_months"),
        sa.CheckConstraint("due_on <= asked_on", name="asked_when_due"),
        sa.Index("ix_effect_askings_state_asked_on", "state", "asked_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    wave: Mapped[int]
    state: Mapped[AskingState] = mapped_column(EnumColumn(AskingState, 10))
    due_on: Mapped[date]
    asked_on: Mapped[date]
    mailed: Mapped[bool]
    reminded_on: Mapped[date | None]
    paper_on: Mapped[date | None]
    settled_on: Mapped[date | None]

    client: Mapped[Client] = relationship()


class EffectLink(Base):
    """Leads from a client in a pilot to the pseudonym of the answers, for who has the key (`linking`).

    `holder` is a keyed hash, `key_id` the name of its key: the tables alone lead nowhere.
    """

    __tablename__ = "effect_links"

    holder: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.String(12))
    pseudonym: Mapped[str] = mapped_column(sa.String(32), unique=True)


class EffectSheet(Base):
    """What somebody answered at a wave: from when (a month, no day) and how. Before it is sent, `month` is empty.

    Language and client group are those at the time of answering: so that it can be told whether a budget does as much
    for everybody.
    """

    __tablename__ = "effect_sheets"
    __table_args__ = (
        one_of("way", Way, "way_is_known"),
        sa.CheckConstraint("wave >= 0", name="wave_counts_months"),
    )

    pseudonym: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    wave: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    group: Mapped[str | None] = mapped_column("client_group")
    way: Mapped[Way] = mapped_column(EnumColumn(Way, 10))
    helped: Mapped[bool]
    month: Mapped[date | None]


class EffectAnswer(Base):
    """The answer to one item; `value` is empty when the item was skipped."""

    __tablename__ = "effect_answers"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["pseudonym", "wave"],
            ["effect_sheets.pseudonym", "effect_sheets.wave"],
            name="fk_effect_answers_pseudonym_effect_sheets",
        ),
    )

    pseudonym: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    wave: Mapped[int] = mapped_column(primary_key=True)
    instrument: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    value: Mapped[int | None]
