"""What templates may use by name: enums to compare with, texts, filters."""

from __future__ import annotations

from typing import Final

from flask import Flask
from jinja2 import StrictUndefined, Undefined, make_logging_undefined
from markupsafe import Markup

from marketplace import contact, i18n
from marketplace.applications.messages.rules import Side
from marketplace.applications.rules import APPLICATION, ApplicationAction, ApplicationState, Outcome, Turn
from marketplace.approvals.contesting.rules import Force, ReviewState
from marketplace.approvals.queue.rules import Late
from marketplace.approvals.standing.rules import MEASURE, ConditionState, MeasureState
from marketplace.audit import labels as audit_labels
from marketplace.clients.mandates.rules import Scope
from marketplace.decisions.rules import CorrectionState
from marketplace.deliveries.rules import DeliveryAction, DeliveryState
from marketplace.effects.rules import ASKING, AskingState
from marketplace.enquiries.rules import AnswerBy, EnquiryState
from marketplace.files.rules import FileState
from marketplace.i18n import babel
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.payments.batches.rules import BatchAction, BatchState
from marketplace.payments.statements.rules import StatementState
from marketplace.pilots.labels import joined_text, price_text
from marketplace.pilots.paying import RailKind
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.evidence.rules import LookAction, LookState
from marketplace.providers.labels import approval_state
from marketplace.providers.rules import ApprovalAction, ApprovalState, ProviderState
from marketplace.providers.units.rules import UnitState
from marketplace.recruiting.importing.report import RowOutcome
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind, LetterState
from marketplace.recruiting.sessions.rules import RegistrationState, SessionState
from marketplace.text import sentence
from marketplace.vouchers.granting.rules import DecisionAction
from marketplace.vouchers.own_people.rules import OwnPersonState
from marketplace.vouchers.rules import AgreementParty, AgreementState
from marketplace.web import forms

_COMPARED: Final = (
    AccountChangeState,
    AgreementParty,
    AgreementState,
    OwnPersonState,
    AnswerBy,
    ApplicationAction,
    ApplicationState,
    CorrectionState,
    Force,
    ReviewState,
    ApprovalAction,
    ApprovalState,
    AskingState,
    Availability,
    BatchAction,
    BatchState,
    ConditionState,
    DecisionAction,
    EnquiryState,
    DeliveryAction,
    DeliveryState,
    FileState,
    InvitationState,
    Late,
    LetterKind,
    LetterState,
    LookAction,
    LookState,
    MeasureState,
    OfferState,
    Outcome,
    ProviderState,
    RailKind,
    RegistrationState,
    RightState,
    RowOutcome,
    Scope,
    SessionState,
    StatementState,
    Side,
    Turn,
    UnitState,
    VersionState,
)
"""The enums whose members templates compare with: `offer.state == OfferState.DRAFT`."""


def prepare(app: Flask) -> None:
    """Give the templates of the application their names, filters and texts."""
    babel.init_app(app, locale_selector=i18n.select_locale)
    app.jinja_env.undefined = _undefined(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.plural_text, newstyle=True, pgettext=i18n.pgettext
    )
    app.jinja_env.globals |= {enum.__name__: enum for enum in _COMPARED}
    app.jinja_env.globals |= {"APPLICATION": APPLICATION, "ASKING": ASKING, "MEASURE": MEASURE}
    app.jinja_env.globals["_"] = i18n.template_text
    app.jinja_env.globals["approval_state"] = approval_state
    app.jinja_env.globals["choice_rows"] = forms.choice_rows
    app.jinja_env.globals["greeting"] = i18n.greeting
    app.jinja_env.globals["joined_municipalities"] = joined_text
    app.jinja_env.globals["public_url"] = app.extensions["settings"].public_url
    app.jinja_env.filters.update(
        action_name=audit_labels.action_name,
        money=i18n.money_text,
        business_id=_business_id,
        date=i18n.date_text,
        datetime=i18n.datetime_text,
        period=i18n.period_text,
        percent=i18n.percent_text,
        count=i18n.count_text,
        in_days=i18n.days_text,
        in_hours=i18n.hours_text,
        in_minutes=i18n.minutes_text,
        listed=i18n.listed,
        sentence=sentence,
        localized=i18n.localized,
        price=price_text,
        dialling_link=contact.dialling_link,
        opening_link=contact.opening_link,
        shown_email=contact.shown_email,
        shown_phone=lambda number: contact.shown_phone(number, i18n.current_language()),
    )


def _business_id(number: str | None) -> Markup:
    """A business ID, which no line breaks at its hyphen; copied, it is the number itself."""
    return Markup('<span class="business-id">{}</span>').format(number or "")


def _undefined(app: Flask) -> type[Undefined]:
    """What a name is that a template uses and nobody gives: an error where the portal is developed and tested.

    In production a gap in a page and a line in the log, for a reader is better served with the rest of the page.
    """
    if app.extensions["settings"].production:
        return make_logging_undefined(app.logger)
    return StrictUndefined
