"""Who gives services, with what proof, and on which terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Revised, among, one_of
from marketplace.files.models import StoredFile
from marketplace.files.rules import FileState
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.pilots.models import Pilot
from marketplace.providers.rules import (
    APPROVAL,
    PROVIDER,
    ApprovalState,
    LegalForm,
    ProviderState,
    is_due,
    outlasts,
)
from marketplace.providers.units.models import ServiceUnit

_STANDS = among("state", APPROVAL.standing)


class Provider(Revised, Base):
    """A company, association, foundation, sole trader or public unit; one account serves all organisations.

    A person near to one client, whom the office has approved in a light way, is a provider too (`is_private`): paid
    by the same rules, without a business ID, and known to that client's side and the office only. The postal address
    is empty when it is the street address. `bic` goes with `iban`; a change of them waits for the office
    (`company.models.AccountChange`). `einvoice_address` is an OVT code or an account number, `einvoice_operator` the
    operator's own code. `vat` says by service key how the provider's own services are taxed (key of `vat.yaml`).
    `paused_until`: the last day of a pause; none without a pause, or of one that goes on until it is ended.
    """

    __tablename__ = "providers"
    __audit_name__ = "Provider"
    __table_args__ = (
        one_of("state", ProviderState, "state_is_known"),
        sa.CheckConstraint(
            f"(legal_form = '{LegalForm.PRIVATE_PERSON}') = (business_id = '')",
            name="companies_have_a_business_id",
        ),
        sa.Index(
            "uq_providers_business_id",
            "business_id",
            unique=True,
            sqlite_where=sa.text("business_id <> ''"),
            postgresql_where=sa.text("business_id <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[str] = mapped_column(sa.String(9))
    official_name: Mapped[str]
    trade_name: Mapped[str] = mapped_column(default="")
    legal_form: Mapped[LegalForm]
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    website: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]]
    description: Mapped[LocalizedText]
    postal_street: Mapped[str] = mapped_column(default="")
    postal_postal_code: Mapped[str] = mapped_column(default="")
    postal_city: Mapped[str] = mapped_column(default="")
    signatory: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    invoicing_name: Mapped[str] = mapped_column(default="")
    invoicing_phone: Mapped[str] = mapped_column(default="")
    invoicing_email: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(sa.String(11), default="")
    einvoice_address: Mapped[str] = mapped_column(default="")
    einvoice_operator: Mapped[str] = mapped_column(default="")
    vat: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[ProviderState] = mapped_column(default=PROVIDER.initial)
    paused_until: Mapped[date | None]
    created_at: Mapped[datetime]

    units: Mapped[list[ServiceUnit]] = relationship(
        viewonly=True, order_by="ServiceUnit.name, ServiceUnit.id"
    )

    @property
    def name(self) -> str:
        """The name people know it by."""
        return self.trade_name or self.official_name

    @property
    def is_private(self) -> bool:
        """Whether it is a person near to one client."""
        return self.legal_form is LegalForm.PRIVATE_PERSON


class Evidence(Base):
    """A dated proof of the provider's, usable in every application; a renewal is a new row.

    `stated_until`: the last day that the document itself names. `valid_until`: the last day on which it counts, an
    earlier one when its kind is renewed before. `insured_sum`: up to how much an insurance pays. `address`: where a
    published document can be read. `number`: of a permit or a registration that anybody can look up in a register.
    """

    __tablename__ = "evidence"
    __audit_name__ = "Evidence"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= issued_on", name="valid_after_issue"),
        sa.Index("ix_evidence_provider_id_kind", "provider_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    kind: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    issued_on: Mapped[date]
    stated_until: Mapped[date | None]
    valid_until: Mapped[date | None]
    insured_sum: Mapped[Money | None]
    address: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    file: Mapped[StoredFile | None] = relationship(lazy="joined")

    @property
    def is_due(self) -> bool:
        """Whether `valid_until` is the day when a new one is due, and not the document's own last day."""
        return is_due(self)

    @property
    def outlasts(self) -> date | None:
        """The document's own last day when a new proof is due before it; None when it names none or counts to it."""
        return outlasts(self)

    @property
    def counts(self) -> bool:
        """Whether it proves anything: a file that the virus scanner has not let through does not."""
        return self.file is None or self.file.state == FileState.CLEAN


class ServiceApproval(Revised, Base):
    """The right to offer one service in one pilot, in the municipalities that the decision names.

    `conditions` hold all the time, one in each line or paragraph; `public_conditions` are those that clients see.
    `ends_on`: the last day of one that is ending, because its provider left while clients had agreements.
    """

    __tablename__ = "service_approvals"
    __audit_name__ = "ServiceApproval"
    __table_args__ = (
        one_of("state", ApprovalState, "state_is_known"),
        sa.CheckConstraint(f"state <> '{ApprovalState.ENDING}' OR ends_on IS NOT NULL", name="ends_some_day"),
        sa.Index(
            "uq_service_approvals_current",
            "provider_id",
            "pilot_key",
            "service_key",
            unique=True,
            sqlite_where=sa.text(_STANDS),
            postgresql_where=sa.text(_STANDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    pilot_version_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot_versions.id"))
    service_key: Mapped[str]
    municipalities: Mapped[list[str]]
    conditions: Mapped[str] = mapped_column(default="")
    public_conditions: Mapped[str] = mapped_column(default="")
    state: Mapped[ApprovalState]
    approved_on: Mapped[date]
    ends_on: Mapped[date | None]
    application_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application_lines.id"), index=True)

    provider: Mapped[Provider] = relationship(lazy="joined")
    pilot: Mapped[Pilot] = relationship()


class FormerApproval(Base):
    """How an approval stood until something about it changed: `until_on` is the first day on which it stood otherwise.

    A row for each change, in the order of the changes; what nothing follows is in `ServiceApproval`.
    """

    __tablename__ = "former_approvals"
    __table_args__ = (one_of("state", ApprovalState, "state_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    until_on: Mapped[date]
    state: Mapped[ApprovalState]
    municipalities: Mapped[list[str]]

    approval: Mapped[ServiceApproval] = relationship()
