"""create_app(): the only place where things are wired together."""

from __future__ import annotations

import functools
from typing import Final

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from jinja2 import StrictUndefined, Undefined, make_logging_undefined
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import contact, i18n
from marketplace.accounts import audit_labels as account_words
from marketplace.accounts import browser, rooms
from marketplace.accounts import views as accounts
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.applications import audit_labels as application_words
from marketplace.applications import pages as applications
from marketplace.applications import panel as application_panel
from marketplace.applications import queries as application_queries
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.messages.rules import Side
from marketplace.applications.rules import APPLICATION, ApplicationAction, ApplicationState, Turn
from marketplace.applications.sending.service import withdraw_when_leaving
from marketplace.approvals import audit_labels as approval_words
from marketplace.approvals import pages as approvals
from marketplace.approvals import today
from marketplace.approvals.companies import views as companies
from marketplace.approvals.queue.rules import Late
from marketplace.approvals.standing import views as standing
from marketplace.approvals.standing.provider_views import standing_panel, standing_tasks
from marketplace.approvals.standing.rules import MEASURE, ConditionState, MeasureState
from marketplace.approvals.standing.service import fall
from marketplace.audit import fields as audit_fields
from marketplace.audit import labels as audit_labels
from marketplace.audit import views as audit
from marketplace.audit.service import append
from marketplace.budgets import fitting
from marketplace.budgets import views as budgets
from marketplace.budgets.summaries import queries as summary_queries
from marketplace.budgets.summaries import views as summaries
from marketplace.budgets.summaries.audit_actions import SummaryAudit
from marketplace.budgets.summaries.service import forget_summaries
from marketplace.clients import audit_labels as client_words
from marketplace.clients import service as client_register
from marketplace.clients import views as clients
from marketplace.clients.area import views as client_area
from marketplace.clients.audit_actions import ClientAudit, MandateAudit, PlanAudit
from marketplace.clients.identified import views as identified
from marketplace.clients.letters import views as letters
from marketplace.clients.mandates import views as mandates
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.privacy import service as privacy
from marketplace.config import ROOT, Settings
from marketplace.db import Database
from marketplace.deliveries import audit_labels as delivery_words
from marketplace.deliveries import booking
from marketplace.deliveries import client_views as client_deliveries
from marketplace.deliveries import office_views as office_deliveries
from marketplace.deliveries import views as deliveries
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.deliveries.queries import delivered_until
from marketplace.deliveries.rules import DeliveryAction, DeliveryState
from marketplace.demo.audit_actions import DemoAudit
from marketplace.enquiries import provider_views as questions
from marketplace.enquiries import views as enquiries
from marketplace.enquiries.audit_actions import EnquiryAudit
from marketplace.enquiries.rules import AnswerBy, EnquiryState
from marketplace.files import quarantine
from marketplace.files.rules import FileState
from marketplace.i18n import LANGUAGES, babel
from marketplace.keys.audit_actions import KeyAudit
from marketplace.offers import audit_labels as offer_words
from marketplace.offers import pages as offers
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.new_clients import new_clients_panel
from marketplace.offers.photos.queries import contents_in_use
from marketplace.offers.public import interest_panel
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.offers.tasks import offer_tasks
from marketplace.payments.batches import audit_labels as batch_words
from marketplace.payments.batches import figures as payment_figures
from marketplace.payments.batches import pages as payments
from marketplace.payments.batches import provider_queries as provider_payment_queries
from marketplace.payments.batches import provider_views as provider_payments
from marketplace.payments.batches.audit_actions import BankAnswerAudit, BatchAudit, PaymentAudit
from marketplace.payments.batches.rules import BatchAction, BatchState
from marketplace.payments.rails.stripe import api as stripe_calls
from marketplace.payments.rails.stripe import audit_labels as stripe_words
from marketplace.payments.rails.stripe import views as stripe_pages
from marketplace.payments.rails.stripe.audit_actions import StripeAudit
from marketplace.payments.statements import audit_labels as statement_words
from marketplace.payments.statements import office_views as office_statements
from marketplace.payments.statements import queries as statement_queries
from marketplace.payments.statements import views as statement_pages
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.payments.statements.rules import StatementState
from marketplace.permissions import Permission
from marketplace.pilots import audit_labels as pilot_words
from marketplace.pilots import figures as pilot_figures
from marketplace.pilots import views as pilots
from marketplace.pilots.audit_actions import PilotAudit
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.labels import joined_text, price_text
from marketplace.pilots.paying import RailKind
from marketplace.pilots.vocabulary import use_content
from marketplace.planning import views as planning
from marketplace.programs import api as programs
from marketplace.providers import audit_labels as provider_words
from marketplace.providers import todo
from marketplace.providers import views as providers
from marketplace.providers.audit_actions import (
    AccessAudit,
    AccountChangeAudit,
    ApiKeyAudit,
    ApprovalAudit,
    EvidenceAudit,
    FileAudit,
    ParticipationAudit,
    PersonAudit,
    ProviderAudit,
    UnitAudit,
)
from marketplace.providers.authority import office_views as company_rights
from marketplace.providers.authority.rules import RightState
from marketplace.providers.company import office_views as account_changes
from marketplace.providers.company import queries as company_queries
from marketplace.providers.company.rules import AccountChangeState
from marketplace.providers.evidence.rules import LookAction, LookState
from marketplace.providers.evidence.scanned import record_and_tell
from marketplace.providers.participation import service as participation
from marketplace.providers.participation import views as participation_views
from marketplace.providers.rules import ApprovalAction, ApprovalState, ProviderState
from marketplace.providers.units.rules import UnitState
from marketplace.recruiting import audit_labels as recruiting_words
from marketplace.recruiting import pages as recruiting
from marketplace.recruiting.audit_actions import InvitationAudit, SessionAudit
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind, LetterState
from marketplace.recruiting.sessions.rules import RegistrationState, SessionState
from marketplace.search import api as search_api
from marketplace.search import changes as search_changes
from marketplace.search import own_budget, sitemap
from marketplace.search import views as search
from marketplace.search.provider_list import views as provider_list_views
from marketplace.search.results import understood
from marketplace.search.saved_services import views as saved_services
from marketplace.site import guide
from marketplace.site import views as pages
from marketplace.text import sentence
from marketplace.vacancies import views as vacancies
from marketplace.vouchers import audit_labels as agreement_words
from marketplace.vouchers import panels as agreement_panels
from marketplace.vouchers import queries as agreement_queries
from marketplace.vouchers import service as agreement_verbs
from marketplace.vouchers import views as vouchers
from marketplace.vouchers.agreeing import client_views as client_agreements
from marketplace.vouchers.agreeing import counsellor_views as client_choices
from marketplace.vouchers.agreeing import panels as choosing
from marketplace.vouchers.agreeing import provider_views as provider_clients
from marketplace.vouchers.agreeing.service import end_when_interrupted
from marketplace.vouchers.audit_actions import AgreementAudit
from marketplace.vouchers.granting import audit_labels as granting_words
from marketplace.vouchers.granting import views as granting
from marketplace.vouchers.granting.audit_actions import DecisionAudit
from marketplace.vouchers.granting.rules import DecisionAction
from marketplace.vouchers.granting.service import release_when_interrupted
from marketplace.vouchers.rules import AgreementParty, AgreementState
from marketplace.vouchers.service import settled as settled_days
from marketplace.web import forms, frame, limits, posting
from marketplace.web.frame import requires
from marketplace.web.hosts import only_own_hosts
from marketplace.web.tags import without_tags
from marketplace.work import recorded


@functools.cache
def wire() -> None:
    """Join the rooms: what a room above adds to a room below, slot by slot, and the pages inside other pages.

    Every process that does anything calls it once: the web, the worker, the command line and the tests all make the
    application. Nothing else fills a slot.
    """
    audit_fields.more_fields.fill(
        account_words.fields,
        client_words.fields,
        provider_words.fields,
        offer_words.fields,
        pilot_words.fields,
        application_words.fields,
        approval_words.fields,
        recruiting_words.fields,
        agreement_words.fields,
        stripe_words.fields,
        granting_words.fields,
        delivery_words.fields,
        batch_words.fields,
        statement_words.fields,
    )
    audit_labels.recorded_actions.fill(
        AccountAudit,
        PilotAudit,
        AccessAudit,
        AccountChangeAudit,
        ApiKeyAudit,
        ApprovalAudit,
        EvidenceAudit,
        FileAudit,
        ParticipationAudit,
        PersonAudit,
        ProviderAudit,
        UnitAudit,
        OfferAudit,
        ApplicationAudit,
        InvitationAudit,
        SessionAudit,
        AgreementAudit,
        EnquiryAudit,
        DecisionAudit,
        ClientAudit,
        StripeAudit,
        MandateAudit,
        PlanAudit,
        DeliveryAudit,
        SummaryAudit,
        StatementAudit,
        BatchAudit,
        PaymentAudit,
        BankAnswerAudit,
        DemoAudit,
        KeyAudit,
    )
    recorded.fill(append)
    quarantine.file_settled.fill(record_and_tell)
    participation.provider_left.fill(withdraw_when_leaving)
    privacy.kept_data.fill(agreement_queries.data_of_client, summary_queries.data_of_client)
    privacy.must_stay.fill(agreement_queries.still_needs_client)
    privacy.erased.fill(forget_summaries)
    agreement_verbs.still_to_come.fill(booking.still_to_come)
    client_register.interrupted.fill(end_when_interrupted, release_when_interrupted)
    accounts.citizen_farewell.fill(identified.goodbye_address)
    rooms.waiting_in.fill(today.waiting_here, granting.waiting_here, office_statements.waiting_here)
    frame.former_person.fill(browser.former_person_id)
    quarantine.contents_in_use.fill(contents_in_use)
    statement_queries.payments_of.fill(provider_payment_queries.of_statement)
    pilot_figures.paid_months.fill(payment_figures.paid_months)
    company_queries.considering.fill(application_queries.offices_considering)
    participation.approvals_left.fill(fall)
    participation.clients_touched.fill(agreement_queries.clients_under)
    settled_days.fill(delivered_until)
    todo.tasks_of.fill(
        application_panel.application_tasks,
        standing_tasks,
        provider_clients.request_tasks,
        todo.own_tasks,
        questions.question_tasks,
        offer_tasks,
    )
    understood.explaining.fill(guide.explanation)
    own_budget.own_budget.fill(fitting.own_budget)
    sitemap.more_pages.fill(pages.public_addresses)
    # panels: what a page shows of the rooms above it
    providers.home_panels.fill(
        application_panel.applications_panel,
        standing_panel,
        agreement_panels.new_clients,
        stripe_pages.panel,
    )
    providers.last_panels.fill(interest_panel)
    providers.area_links.fill(
        application_panel.applications_link,
        provider_clients.clients_link,
        deliveries.deliveries_link,
        statement_pages.statements_link,
        provider_payments.payments_link,
        offers.offers_link,
        questions.questions_link,
    )
    search.choosing.fill(choosing.choose_button)
    participation_views.place_panels.fill(new_clients_panel)
    standing.approval_panels.fill(agreement_panels.touched_clients)
    companies.company_panels.fill(agreement_panels.clients_of_company)
    client_area.own_panels.fill(budgets.own_panel, agreement_panels.own_agreements)
    client_area.own_links.fill(budgets.area_link, client_agreements.area_link, client_deliveries.area_link)
    clients.client_panels.fill(
        budgets.client_panel, granting.decisions_of_client, agreement_panels.agreements_of_client
    )
    today.more_matters.fill(
        agreement_panels.office_matters,
        granting.office_matters,
        summaries.office_matters,
        office_deliveries.matters,
        office_statements.matters,
        questions.office_matters,
    )
    client_area.blueprint.register_blueprint(budgets.own_pages)
    client_area.blueprint.register_blueprint(summaries.own_pages)
    client_area.blueprint.register_blueprint(client_agreements.blueprint)
    client_area.blueprint.register_blueprint(client_deliveries.blueprint)
    for room in (
        *offers.rooms,
        questions.blueprint,
        stripe_pages.blueprint,
        provider_clients.blueprint,
        deliveries.blueprint,
        statement_pages.blueprint,
        provider_payments.blueprint,
    ):
        providers.blueprint.register_blueprint(room)
    audit.blueprint.before_request(show_own_organisation)
    account_changes.blueprint.before_request(show_own_organisation)


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application.

    Raises ConfigurationError for an impossible setting and RuntimeError when a view declares no permission.
    """
    wire()
    settings = settings or Settings.from_environment()
    app = Flask("marketplace", template_folder=str(ROOT / "templates"), static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.former_secrets),
        WTF_CSRF_SECRET_KEY=settings.signing_keys,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-session" if settings.production else "session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.wsgi_app = without_tags(app.wsgi_app)  # type: ignore[assignment,method-assign]
    if settings.hosts:
        app.wsgi_app = only_own_hosts(app.wsgi_app, settings.hosts, settings.public_url)  # type: ignore[assignment,method-assign]
    app.extensions["settings"] = settings
    use_content(settings.pilots_dir)
    app.extensions["database"] = Database(
        settings.database_url, info={"audit_keys": settings.audit_keys, "client_keys": settings.client_keys}
    )
    app.extensions["clock"] = frame.utc_now
    _wire_templates(app)
    frame.init_app(app)
    _wire_sign_in(app)
    posting.init_app(app)
    limits.init_app(app)
    search_changes.observe()
    app.register_blueprint(pages.site)
    app.register_blueprint(accounts.openid_views.returning)
    app.register_blueprint(pilots.logos)
    app.register_blueprint(search_api.description)
    app.register_blueprint(programs.blueprint)
    app.register_blueprint(letters.codes)
    app.register_blueprint(identified.leaving)
    app.register_blueprint(identified.returning)
    app.register_blueprint(mandates.accepting)
    for feature in (
        pages,
        audit,
        accounts,
        pilots,
        clients,
        client_area,
        providers,
        applications,
        approvals,
        recruiting,
        vouchers,
        granting,
        budgets,
        summaries,
        search,
        saved_services,
        enquiries,
        vacancies,
        search_api,
        planning,
        payments,
    ):
        app.register_blueprint(feature.blueprint)
    app.register_blueprint(account_changes.blueprint)
    app.register_blueprint(account_changes.companies)
    app.register_blueprint(company_rights.blueprint)
    app.register_blueprint(stripe_calls.blueprint)
    app.register_blueprint(office_deliveries.blueprint)
    app.register_blueprint(client_choices.blueprint)
    app.register_blueprint(office_statements.blueprint)
    app.register_blueprint(provider_list_views.blueprint)
    app.add_url_rule("/", "root", _root)
    frame.refuse_undeclared_views(app)
    return app


_COMPARED: Final = (
    AccountChangeState,
    AgreementParty,
    AgreementState,
    AnswerBy,
    ApplicationAction,
    ApplicationState,
    ApprovalAction,
    ApprovalState,
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
    ProviderState,
    RailKind,
    RegistrationState,
    RightState,
    Scope,
    SessionState,
    StatementState,
    Side,
    Turn,
    UnitState,
    VersionState,
)
"""The enums whose members templates compare with: `offer.state == OfferState.DRAFT`."""


def _wire_templates(app: Flask) -> None:
    babel.init_app(app, locale_selector=i18n.select_locale)
    app.jinja_env.undefined = _undefined(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.plural_text, newstyle=True
    )
    app.jinja_env.globals |= {enum.__name__: enum for enum in _COMPARED}
    app.jinja_env.globals |= {"APPLICATION": APPLICATION, "MEASURE": MEASURE}
    app.jinja_env.globals["_"] = i18n.template_text
    app.jinja_env.globals["choice_rows"] = forms.choice_rows
    app.jinja_env.globals["joined_municipalities"] = joined_text
    app.jinja_env.globals["public_url"] = app.extensions["settings"].public_url
    app.jinja_env.filters.update(
        action_name=audit_labels.action_name,
        money=i18n.money_text,
        date=i18n.date_text,
        datetime=i18n.datetime_text,
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
        shown_email=contact.shown_email,
        shown_phone=lambda number: contact.shown_phone(number, i18n.current_language()),
    )


def _undefined(app: Flask) -> type[Undefined]:
    """What a name is that a template uses and nobody gives: an error where the portal is developed and tested.

    In production a gap in a page and a line in the log, for a reader is better served with the rest of the page.
    """
    if app.extensions["settings"].production:
        return make_logging_undefined(app.logger)
    return StrictUndefined


def _wire_sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # it would write into everybody's cookie; sessions are the portal's own
    manager.request_loader(browser.person_of_request)
    app.context_processor(accounts.signed_in_context)


@requires(Permission.PUBLIC)
def _root() -> ResponseReturnValue:
    language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    response: Response = redirect(f"/{language}/")  # type: ignore[assignment]
    response.headers["Vary"] = "Accept-Language"
    return response
