"""How an organisation pays: from which account, on which rail, and how its ledger system books it. All is data."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError
from stdnum import iban

from marketplace.pilots.texts import ContentModel, Key


class RailKind(StrEnum):
    """The ways of paying: a file for the bank, Stripe, the organisation's own ledger system."""

    SEPA = "sepa"
    STRIPE = "stripe"
    JOURNAL = "journal"


def _account(text: str) -> str:
    if not iban.is_valid(text):
        raise PydanticCustomError(
            "iban", "“{text}” is no account number: its check digits are wrong", {"text": text}
        )
    return str(iban.compact(text))


Account = Annotated[str, AfterValidator(_account)]
"""An account number (IBAN) without blanks."""

JournalField = Literal[
    "date",
    "account",
    "cost_centre",
    "project",
    "vat",
    "amount",
    "reference",
    "payment",
    "payee",
    "payee_kind",
    "order",
]
"""What a column of the journal holds. `payment`, `order`: our own keys; `payee`: the provider's business ID.

`payee_kind`: `company`, or `private_person` where it is compensation to a person near to a client, which the payer
reports to the incomes register and withholds tax from as its own rules say.
"""


class BankData(ContentModel):
    """What the payer's bank takes. `identifier`: the number by which the bank knows the payer (palvelutunnus).

    `addresses`: payees' addresses are sent along; the bank needs none, so the default is no.
    """

    message: Literal["pain.001.001.09", "pain.001.001.03"] = "pain.001.001.09"
    identifier: Annotated[str, Field(max_length=35)] = ""
    addresses: bool = False


class PostingRule(ContentModel):
    """Where the cost of a service is booked: the account, the cost centre and the project."""

    account: Annotated[str, Field(min_length=1)]
    cost_centre: str = ""
    project: str = ""


class JournalColumn(ContentModel):
    """A column of the journal: what it holds and what its head says."""

    holds: JournalField
    head: Annotated[str, Field(min_length=1)]


class JournalData(ContentModel):
    """The journal as the organisation's ledger system reads it.

    `payables` is the account that the payments are booked against, `tax` that of deductible or refundable VAT. `vat`
    gives the ledger system's code for each of ours. `services` are looked up by `pilot/service`, then `service`, then
    `*`. Debits are positive, credits negative: each payment sums to zero.
    """

    columns: Annotated[tuple[JournalColumn, ...], Field(min_length=1)]
    services: Annotated[dict[str, PostingRule], Field(min_length=1)]
    vat: Annotated[dict[str, str], Field(min_length=1)]
    payables: Annotated[str, Field(min_length=1)]
    tax: Annotated[str, Field(min_length=1)]
    separator: Literal[";", ",", "\t"] = ";"
    decimal: Literal[",", "."] = ","
    day: Literal["2026-11-29", "29.11.2026", "20261129"] = "29.11.2026"
    encoding: Literal["utf-8", "iso-8859-1"] = "utf-8"

    @model_validator(mode="after")
    def _can_be_read_back(self) -> Self:
        held = [column.holds for column in self.columns]
        if len(set(held)) < len(held):
            raise PydanticCustomError("twice", "two columns hold the same")
        if missing := [name for name in ("account", "amount", "payment") if name not in held]:
            raise PydanticCustomError("column", "no column holds {missing}", {"missing": ", ".join(missing)})
        if self.separator == self.decimal:
            raise PydanticCustomError("comma", "the comma cannot part both columns and decimals")
        return self

    def posting(self, pilot: str, service: str) -> PostingRule | None:
        """Where the service is booked; None when nothing says so."""
        return next(
            (self.services[key] for key in (f"{pilot}/{service}", service, "*") if key in self.services), None
        )


class PaymentData(ContentModel):
    """How an organisation pays its providers.

    `rail` is the way; `name` the payer as the bank knows it; `prefix` begins the names of its batches and statements.
    `reference`: which kind of reference a payment carries. `own_people`: the way by which people near to clients are
    paid where `rail` pays companies only; they go into batches of their own.
    """

    rail: RailKind = RailKind.SEPA
    name: Annotated[str, Field(min_length=1, max_length=70)]
    business_id: str = ""
    iban: Account
    bic: str = ""
    prefix: Annotated[Key, Field(max_length=12)]
    reference: Literal["rf", "national"] = "rf"
    bank: BankData = BankData()
    journal: JournalData | None = None
    own_people: Literal[RailKind.SEPA] | None = None

    @model_validator(mode="after")
    def _has_what_its_rail_needs(self) -> Self:
        if self.rail == RailKind.JOURNAL and self.journal is None:
            raise PydanticCustomError("journal", "paying by the journal needs the key journal")
        return self

    def of_people(self) -> PaymentData:
        """How people near to clients are paid."""
        return self if self.own_people is None else self.model_copy(update={"rail": self.own_people})

    def by(self, rail: RailKind) -> PaymentData:
        """How a batch is paid that was prepared for a rail, where that is still a way of the organisation's."""
        return self.of_people() if rail == self.own_people else self
