"""What the payer's pages share: their blueprint, the words of the templates, whose money it is."""

from __future__ import annotations

from typing import Any, Final

from marketplace.errors import NotAllowed
from marketplace.i18n import _, _l, money_text
from marketplace.money import Money
from marketplace.payments.batches import labels
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.rails.sepa.labels import VERDICTS
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict
from marketplace.payments.references import printed
from marketplace.payments.statements.labels import ROW_KINDS
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.paying import RailKind
from marketplace.web.frame import current_actor, feature_blueprint

blueprint = feature_blueprint("payments", __name__, "/payments")

_TONES: Final = {
    PayeeVerdict.MATCH: "success",
    PayeeVerdict.CLOSE: "warning",
    PayeeVerdict.NO_MATCH: "danger",
    PayeeVerdict.NOT_CHECKABLE: "warning",
}


@blueprint.app_template_filter("cents")
def _cents_text(cents: int) -> str:
    """An amount that is kept as a whole number of cents."""
    return money_text(Money(cents))


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """What the templates of payments need: the words of this room."""
    return {
        "batch_states": labels.BATCH_STATES,
        "payment_states": labels.PAYMENT_STATES,
        "payment_outcomes": labels.OUTCOMES,
        "rail_names": labels.RAILS,
        "reasons_text": labels.reasons_text,
        "reference_text": printed,
        "statement_row_kinds": ROW_KINDS,
    }


def organisation_of_payer() -> str:
    """The organisation whose money it is. Raises NotAllowed for who belongs to none."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_l("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


def verdict_words(row: PaymentRow) -> tuple[Any, str] | None:
    """What the bank said of a payee, with its tone; None where nobody asks a bank."""
    if row.batch.rail != RailKind.SEPA:
        return None
    verdict = row.standing_verdict
    if verdict is None:
        return _("The bank was not asked about this name and account."), "neutral"
    return VERDICTS[verdict], _TONES[verdict]
