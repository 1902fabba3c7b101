"""Who opens which page with what: every page of the portal is found from its routes, so none goes unlooked at.

A route's permission names the person who opens it and its parameters name what is opened (`opened/`, by rooms); what
differs from that is in SPECIAL there. Routes that answer with a file or send on are named in NOT_PAGES.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.permissions import Permission
from tests.conftest import settings_for
from tests.journeys.opened import clients, companies, office, payments
from tests.journeys.opened.demo import PROVIDER

PEOPLE: Final[dict[Permission, str | None]] = {
    Permission.PUBLIC: None,
    Permission.SIGNED_IN: PROVIDER,
    Permission.EDIT_PROVIDER: PROVIDER,
    Permission.MANAGE_PROVIDER: PROVIDER,
    Permission.DECIDE_APPLICATIONS: "decider@demo.fi",
    Permission.INVITE_PROVIDERS: "coordinator@demo.fi",
    Permission.CONFIRM_IBAN: "coordinator@demo.fi",
    Permission.VIEW_AUDIT: "auditor@demo.fi",
    Permission.VIEW_AGREEMENTS: "counsellor@demo.fi",
    Permission.RECORD_AGREEMENTS: "counsellor@demo.fi",
    Permission.VIEW_CLIENTS: "counsellor@demo.fi",
    Permission.MANAGE_CLIENTS: "counsellor@demo.fi",
    Permission.OWN_MATTERS: "client@demo.fi",
    Permission.VIEW_PAYMENTS: "payer@demo.fi",
    Permission.PROPOSE_SERVICES: "counsellor@demo.fi",
    Permission.DECIDE_SERVICES: "decider@demo.fi",
    Permission.MAKE_PAYMENTS: "payer@demo.fi",
    Permission.SEND_MAIL_AGAIN: "coordinator@demo.fi",
    Permission.GIVE_RESEARCH_DATA: "coordinator@demo.fi",
}
STAFF = "reviewer@demo.fi"
"""Opens every page whose permission is not in PEOPLE."""


ROOMS: Final = (office, companies, clients, payments)

VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    name: find for room in ROOMS for name, find in room.VALUES.items()
}
SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    endpoint: find for room in ROOMS for endpoint, find in room.SPECIAL.items()
}
QUERIES: Final = office.QUERIES | companies.QUERIES

NOT_PAGES: Final = {
    "providers.ask_register": "sends on",
    "providers.ask_register_to_take_over": "sends on",
    "accounts.confirm_app": "only between two steps; tests/journeys/test_signing_in.py goes there",
    "accounts.second_step": "only between two steps; tests/journeys/test_signing_in.py goes there",
    "accounts.landing": "sends on",
    "accounts.openid": "sends on",
    "approvals.changes_file": "a file",
    "approvals.correction_preview": "a file",
    "approvals.due_days_file": "a file",
    "approvals.letter_print": "a file",
    "approvals.measure_attachment": "a file",
    "approvals.office_measure_attachment": "a file",
    "approvals.measure_corrected": "a file",
    "approvals.measure_correction_file": "a file",
    "approvals.measure_correction_preview": "a file",
    "approvals.measure_decision": "a file",
    "approvals.measure_file": "a file",
    "approvals.measure_letter": "a file",
    "approvals.office_file": "a file",
    "approvals.preview_decision": "a file",
    "approvals.preview_measure": "a file",
    "approvals.proof_file": "a file",
    "approvals.put_off_condition": "only with an open condition; tests/approvals/extending goes there",
    "approvals.queue_file": "a file",
    "approvals.standing_file": "a file",
    "approvals.search": "sends on",
    "approvals.statistics_file": "a file",
    "approvals.proof_frame": "a file",
    "approvals.office_file_frame": "a file",
    "applications.provider_file": "a file",
    "audit.events_file": "a file",
    "choosing.contract": "a file",
    "client_area.agreements.contract": "a file",
    "client_area.decisions.letter": "a file",
    "client_area.own_people.end": "only with a person near to a client; tests/vouchers/own_people goes there",
    "client_area.own_people.propose": "only with a person near to a client; tests/vouchers/own_people goes there",
    "client_area.own_people.show": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.account": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.end": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.own_person": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.propose": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.refuse": "only with a person near to a client; tests/vouchers/own_people goes there",
    "own_people.withdraw": "only with a person near to a client; tests/vouchers/own_people goes there",
    "client_area.deliveries.record": "only with a person near to a client; tests/vouchers/own_people goes there",
    "office_deliveries.record": "only with a person near to a client; tests/vouchers/own_people goes there",
    "client_area.own_people.letter": "a file",
    "own_people.letter": "a file",
    "providers.clients.contract": "a file",
    "recruiting.import_report": "a file",
    "research.file": "a file",
    "recruiting.session_calendar": "a file",
    "recruiting.session_participants": "a file",
    "recruiting.invitation_by_path": "sends on",
    "recruiting.invited": "opened by its link: recruiting.invitation",
    "recruiting.opened_registration_by_path": "sends on",
    "recruiting.session_registration": "opened by its link: recruiting.opened_registration",
    "vacancies.notice": "opened by its link: vacancies.opened",
    "vacancies.opened_by_path": "sends on",
    "client_area.export": "a file",
    "client_area.mandate_paper": "a file",
    "clients.mandate_paper": "a file",
    "office_statements.csv": "a file",
    "office_statements.pdf": "a file",
    "site.security_txt": "for a machine; tests/web/test_frame.py reads it",
    "site.metrics": "for a machine; tests/test_metrics.py reads it",
    "client_area.summaries.file": "a file",
    "effects.paper_file": "a file",
    "providers.deliveries.template_file": "a file",
    "providers.statements.csv": "a file",
    "providers.statements.pdf": "a file",
    "company_mandates.chosen": "sends on",
    "company_mandates.identified": "sends on",
    "identified.leave": "sends on",
    "identified.join": "sends on",
    "clients.check_mandate": "only with a register of mandates; tests/clients/test_register.py goes there",
    "planning.plan_file": "a file",
    "providers.questions.enquiry": "only when somebody has asked; tests/enquiries goes there",
    "search.compare_list_file": "a file",
    "granting.letter": "a file",
    "provider_list.download": "a file",
    "providers.file": "a file",
    "providers.home": "sends on",
    "providers.joining.join_by_path": "sends on",
    "providers.photos.picture": "a file",
    "providers.pricelists.file": "a file",
    "payments.check_file": "a file",
    "payments.file": "a file",
    "payments.journal": "a file",
    "search.compare_file": "a file",
    "reports.download": "a file",
    "summaries.letter": "a file",
}


@dataclass(frozen=True)
class Visit:
    """A page opened by somebody (None: nobody signed in)."""

    who: str | None
    path: str


def page_endpoints() -> list[str]:
    """The endpoints of all pages, in the order of their names."""
    app = _bare_app()
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "lang" in rule.arguments and rule.endpoint not in NOT_PAGES
    )


def visit(endpoint: str, language: str, session: Session, secret: Callable[[str], str]) -> Visit:
    """Who opens the page and at which address, with things that the demo content holds.

    `secret` gives what only a mail tells of the page's address (`mailed.secret`).
    """
    app = _bare_app()
    [rule] = [rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ())]
    permission: Permission = vars(app.view_functions[endpoint])["permission"]
    who = PEOPLE.get(permission, STAFF)
    values: dict[str, Any] = {}
    if "application_id" in rule.arguments:
        application = office.application_in(session, office.APPLICATION_STATES.get(endpoint, ("submitted",)))
        values["application_id"] = application.id
        if "provider_id" in rule.arguments:
            values["provider_id"] = application.provider_id
            who = application.created_by.email
        values["service"] = application.lines[0].service_key if application.lines else "transport"
    if endpoint in SPECIAL:
        values |= SPECIAL[endpoint](session)
        who = values.pop("who", who)
    for name in rule.arguments - values.keys() - {"lang"}:
        values[name] = secret(endpoint) if name == "token" else VALUES[name](session)
    given = {name: value for name, value in values.items() if name in rule.arguments}
    with app.test_request_context():
        path = app.url_for(endpoint, lang=language, **given)
    query = QUERIES[endpoint](session) if endpoint in QUERIES else ""
    if endpoint in KEYED:
        query = f"?key={secret(endpoint)}"
    return Visit(who, path + query)


KEYED: Final = (
    "accounts.reset",
    "client_mandates.accept",
    "providers.confirm_registration",
    "providers.joining.join",
    "recruiting.invitation",
    "recruiting.opened_registration",
    "vacancies.opened",
)
"""Pages behind links whose secret is in the query, and from there goes into the browser's cookie."""


_app: Flask | None = None


def _bare_app() -> Flask:
    global _app  # noqa: PLW0603 - one application for the whole run
    if _app is None:
        _app = create_app(settings_for("sqlite://", Path(tempfile.mkdtemp())))
    return _app
