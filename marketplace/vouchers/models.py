"""Agreements between clients and providers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.rules import MAX_NUMBER
from marketplace.db import Base, Json, Revised, one_of
from marketplace.files.models import StoredFile
from marketplace.offers.models import Offer, OfferVersion
from marketplace.vouchers.granting.models import DecisionLine
from marketplace.vouchers.rules import AgreementParty, AgreementStanding, AgreementState, standing_on

_OPEN = f"state = '{AgreementState.IN_FORCE}' AND ends_on IS NULL"
_REQUESTED = f"state = '{AgreementState.REQUESTED}'"


class Agreement(Revised, Base):
    """A client's agreement (sopimus, avtal) with a provider on one offer, within the client's service decision.

    `client_number` is the organisation's own client or case number; who the client is, the organisation's client
    register knows. `version` is the one whose prices the agreement fixes: that in force on the first day.
    `ends_on` empty: until further notice. `line` is the line of the service decision from which it is paid, and
    `monthly` how much of it, in the line's unit, the agreement holds each month, nothing at a price of nothing; both
    are empty for those that were agreed without a decision in the portal.

    `asked_by` says who made the request, in whose name `recorded_by` wrote it; empty: the counsellor wrote down
    what the two had agreed. `wanted` is how much of each band is wanted in a month, as exact text. `answer_until`
    is the provider's last day to answer, `reminded_at` when it was reminded, `reason` what was written when it was
    declined, ended at once or found to be a mistake. `replaces` is the agreement that ends on the day before this
    one begins, when it is accepted, and `change_reason` why the client changes to this provider, a key of the
    vocabulary; None: the client did not say. `file` is the contract.
    """

    __tablename__ = "agreements"
    __audit_name__ = "Agreement"
    __table_args__ = (
        one_of("state", AgreementState, "state_is_known"),
        one_of("asked_by", AgreementParty, "asker_is_known"),
        one_of("ended_by", AgreementParty, "ender_is_known"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("(line_id IS NULL) = (monthly IS NULL)", name="held_in_a_line"),
        sa.CheckConstraint("monthly IS NULL OR monthly >= 0", name="holds_no_less_than_nothing"),
        sa.CheckConstraint(
            f"length(client_number) BETWEEN 1 AND {MAX_NUMBER}", name="client_number_is_short"
        ),
        sa.CheckConstraint("(asked_by IS NULL) = (answer_until IS NULL)", name="requests_are_answered"),
        sa.CheckConstraint("state NOT IN ('ending', 'stopped') OR ends_on IS NOT NULL", name="ends_some_day"),
        sa.CheckConstraint(
            "state NOT IN ('declined', 'stopped', 'mistaken') OR reason <> ''", name="has_a_reason"
        ),
        sa.CheckConstraint(
            "change_reason IS NULL OR replaces_id IS NOT NULL", name="only_changes_have_a_why"
        ),
        sa.CheckConstraint(
            "state IN ('in_force', 'ending', 'stopped', 'called_off', 'mistaken') OR asked_by IS NOT NULL",
            name="only_requests_wait",
        ),
        sa.Index(
            "uq_agreements_open",
            "organisation_key",
            "client_number",
            "offer_id",
            unique=True,
            sqlite_where=sa.text(_OPEN),
            postgresql_where=sa.text(_OPEN),
        ),
        sa.Index(
            "uq_agreements_requested",
            "organisation_key",
            "client_number",
            "offer_id",
            unique=True,
            sqlite_where=sa.text(_REQUESTED),
            postgresql_where=sa.text(_REQUESTED),
        ),
        sa.Index(
            "uq_agreements_replaces_id",
            "replaces_id",
            unique=True,
            sqlite_where=sa.text(_REQUESTED),
            postgresql_where=sa.text(_REQUESTED),
        ),
        sa.Index("ix_agreements_organisation_key_starts_on", "organisation_key", "starts_on"),
        sa.Index("ix_agreements_state_answer_until", "state", "answer_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    client_number: Mapped[str]
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("offer_versions.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision_lines.id"), index=True)
    monthly: Mapped[int | None] = mapped_column(sa.BigInteger)
    state: Mapped[AgreementState] = mapped_column(default=AgreementState.IN_FORCE)
    asked_by: Mapped[AgreementParty | None]
    wanted: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    answer_until: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    ended_by: Mapped[AgreementParty | None]
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreements.id"))
    change_reason: Mapped[str | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    reminded_at: Mapped[datetime | None]

    line: Mapped[DecisionLine | None] = relationship()
    offer: Mapped[Offer] = relationship()
    version: Mapped[OfferVersion] = relationship()
    recorded_by: Mapped[User] = relationship(foreign_keys=recorded_by_id)
    replaces: Mapped[Agreement | None] = relationship(remote_side=[id])
    file: Mapped[StoredFile | None] = relationship()

    @property
    def barred_bands(self) -> list[str]:
        """The bands whose price would leave an own share where none may be left: nothing can be recorded in them."""
        if self.line is None:
            return []
        value, facts = self.line.value, self.line.facts
        return [
            row.band
            for row in self.version.prices
            if facts.pays(row.band, row.unit) and value.bars(row.unit, row.amount)
        ]

    def standing_on(self, day: date) -> AgreementStanding:
        """How the agreement stands on a day."""
        return standing_on(self.state, self.starts_on, self.ends_on, day)
