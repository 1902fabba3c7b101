"""A statement on paper and as a table: a self-billed invoice with what the law wants on one (1501/1993 § 209 e)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from marketplace import sheets
from marketplace.deliveries.labels import duration_text
from marketplace.i18n import (
    LocalizedText,
    _,
    current_language,
    date_text,
    helsinki_date,
    in_language,
    listed,
    money_text,
    percent_text,
    with_unit,
)
from marketplace.money import Money
from marketplace.payments.statements.labels import ROW_KINDS
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import RowDraft, StatementRowKind, VatSum, vat_sums
from marketplace.pdf import render_pdf
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS, VAT
from marketplace.providers.rules import NOT_TAXABLE
from marketplace.sheets import Value


def month_text(month: date) -> str:
    """A month as it is written: `11/2026`."""
    return f"{month.month}/{month.year}"


def units_of(row: RowDraft) -> str:
    """How much a row is of: `1 h 30 min`, or a number with its unit."""
    if row.minutes is not None:
        return duration_text(row.minutes)
    return with_unit(row.quantity.replace(".", ","), UNITS[row.unit].short[current_language()])


def service_of(row: RowDraft) -> str:
    """What was given, by the price that was paid for it; a correction says that it is one."""
    language = current_language()
    name = listed([SERVICES[row.service_key].name[language], BANDS[row.band].name[language]])
    if row.kind is StatementRowKind.CORRECTION:
        return f"{ROW_KINDS[row.kind]}: {name}"
    return name


def money(cents: int) -> str:
    """Cents in words, below zero too."""
    return money_text(Money(cents))


def value_of(row: RowDraft) -> str:
    """What the client's decision pays for a unit at most, or a dash where it sets no value."""
    return "–" if row.value_cents is None else money(row.value_cents)


def has_own_shares(rows: Iterable[RowDraft]) -> bool:
    """Whether some row tells of an own share."""
    return any(row.own_share_cents for row in rows)


def own_share_note() -> str:
    """What an own share on a statement is."""
    return _(
        "The price of an hour is paid up to its value in the client’s decision. The own share is charged to the client "
        "by the provider; it is no part of the amounts of this statement."
    )


def grounds_of_exemption(rows: Sequence[VatSum]) -> list[str]:
    """Why rows are without tax: an invoice has to say it."""
    names = {each.vat_code: VAT[each.vat_code].name[current_language()] for each in rows}
    return [
        _(
            "VAT %(percent)s: %(name)s, VAT Act (1501/1993) sections 37 and 38.",
            percent=percent_text(each.vat_percent),
            name=names[each.vat_code],
        )
        for each in rows
        if each.vat_percent == "0"
    ]


def of_private_person(rows: Iterable[RowDraft]) -> bool:
    """Whether rows are of a person near to a client: they bear no value added tax, whatever the rates are."""
    codes = {row.vat_code for row in rows}
    return codes == {NOT_TAXABLE}


def title_of(statement: Statement) -> str:
    """What the statement is called: an invoice, or what a private person is paid."""
    if statement.is_private:
        return _("Statement of compensation %(number)s", number=statement.name)
    return _("Self-billed invoice %(number)s", number=statement.name)


def mark_of(statement: Statement) -> str:
    """On what ground the organisation has written it."""
    if statement.is_private:
        return _(
            "The organisation pays the person near to the client for what the client has confirmed. This is no "
            "invoice: the person is a private person, and the payer reports the payment and withholds tax by its own "
            "rules."
        )
    return _(
        "Self-billing: the buyer has written this invoice in the seller’s name, as the seller agreed on %(day)s.",
        day=date_text(statement.agreed_on),
    )


def seller_of(statement: Statement) -> str:
    """Who is paid: the name, and the business ID and the address where there are such."""
    seller = statement.seller
    return ", ".join(
        part for part in (seller["name"], seller["business_id"], seller["address"].strip(" ,")) if part
    )


def statement_pdf(statement: Statement, pilot: LocalizedText, language: str) -> bytes:
    """The frozen statement as a tagged PDF (PDF/UA-1); the same statement gives the same words for ever.

    `pilot` is what the pilot was called when it was frozen.
    """
    with in_language(language):
        return render_pdf(
            "statement.typ",
            _data(statement, pilot, language),
            language=language,
            title=title_of(statement),
            now=statement.frozen_at,
        )


def _data(statement: Statement, pilot: LocalizedText, language: str) -> dict[str, Any]:
    rows = [row.draft for row in statement.rows]
    sums, shared = vat_sums(rows), has_own_shares(rows)
    buyer, private = statement.buyer, statement.is_private
    corrected = {row.draft: row.corrects.statement.name for row in statement.rows if row.corrects is not None}
    return {
        "organisation": buyer["name"][language],
        "number": statement.name,
        "facts": _labelled(
            (_("Number"), statement.name),
            (_("Day"), date_text(helsinki_date(statement.frozen_at))),
            (_("Month"), month_text(statement.month)),
            (_("Who is paid") if private else _("Seller"), seller_of(statement)),
            (
                _("Who pays") if private else _("Buyer"),
                ", ".join(
                    part
                    for part in (
                        buyer["name"][language],
                        buyer["business_id"],
                        buyer["address"].get(language, ""),
                    )
                    if part
                ),
            ),
            (_("Pilot"), pilot[language]),
        ),
        "mark": mark_of(statement),
        "heads": [
            _("Day"),
            _("Service"),
            _("Quantity"),
            _("Price of one"),
            *((_("Value in the decision"), _("Own share")) if shared else ()),
            *(() if private else (_("VAT"), _("Without VAT"))),
            _("Amount"),
        ],
        "rows": [
            [
                date_text(row.day),
                service_of(row) + (f" ({corrected[row]})" if row in corrected else ""),
                units_of(row),
                money(row.unit_price_cents),
                *((value_of(row), money(row.own_share_cents)) if shared else ()),
                *(() if private else (percent_text(row.vat_percent), money(row.net_cents))),
                money(row.gross_cents),
            ]
            for row in rows
        ],
        "vat_title": _("Value added tax"),
        "vat_heads": [_("VAT"), _("Without VAT"), _("VAT in euros"), _("Amount")],
        "vat_rows": [
            [
                percent_text(each.vat_percent),
                money(each.net_cents),
                money(each.vat_cents),
                money(each.gross_cents),
            ]
            for each in ([] if private else sums)
        ],
        "sums": _labelled(*sums_in_words(statement)),
        "notes": [
            *(() if private else grounds_of_exemption(sums)),
            *((own_share_note(),) if shared else ()),
            *(
                ()
                if private
                else (_("Prices include value added tax. The rate is that of the day of service."),)
            ),
            _objecting(statement, private=private),
            _("Checksum (SHA-256): %(digest)s", digest=statement.digest),
        ],
    }


def _objecting(statement: Statement, *, private: bool) -> str:
    day = date_text(statement.objection_until)
    if private:
        return _("One can object to this statement until %(day)s.", day=day)
    return _("The provider can object until %(day)s.", day=day)


def sums_in_words(statement: Statement) -> list[tuple[str, str]]:
    """What the month comes to, what is carried from before, and what is to be paid."""
    rows = [(_("Total of the month"), money(statement.total_cents))]
    if statement.carried_from is not None:
        rows.append(
            (
                _("Taken off from statement %(number)s", number=statement.carried_from.name),
                money(statement.carried_cents),
            )
        )
    rows.append((_("To be paid"), money(statement.payable_cents)))
    if statement.sums.left_over:
        rows.append((_("Taken off from the next statement"), money(statement.sums.left_over)))
    return rows


def _labelled(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows]


def statement_csv(statement: Statement) -> bytes:
    """The rows as CSV, each with the number of its delivery and of the statement that it corrects."""
    heads = [
        _("Statement"), _("Row"), _("Kind"), _("Day"), _("Client"), _("Service"), _("Quantity"), _("Price of one"),
        _("VAT code"), _("VAT"), _("Without VAT"), _("VAT in euros"), _("Amount"), _("Delivery"), _("Your own number"),
        _("Corrects"), _("Value in the decision"), _("Own share"),
    ]  # fmt: skip
    return sheets.as_csv(heads, _csv_rows(statement))


def _csv_rows(statement: Statement) -> Sequence[Sequence[Value]]:
    return [
        [
            statement.name,
            row.position,
            str(ROW_KINDS[row.kind]),
            row.day,
            row.delivery.client_number,
            service_of(row.draft),
            units_of(row.draft),
            Money(row.unit_price_cents).euros,
            row.vat_code,
            percent_text(row.vat_percent),
            Money(row.net_cents).euros,
            Money(row.vat_cents).euros,
            Money(row.gross_cents).euros,
            row.delivery_id,
            row.delivery.reference,
            f"{row.corrects.statement.name}/{row.corrects.position}" if row.corrects is not None else "",
            "" if row.value_cents is None else Money(row.value_cents).euros,
            Money(row.own_share_cents).euros,
        ]
        for row in statement.rows
    ]
