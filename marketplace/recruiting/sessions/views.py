"""Pages of information sessions: the public ones with registration, and the office's."""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.audit.viewing import record_view
from marketplace.calendars import MEDIA_TYPE
from marketplace.i18n import _, current_language, period_text
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation, show_own_organisation
from marketplace.pilots.queries import current_definition
from marketplace.recruiting.audit_actions import SessionAudit
from marketplace.recruiting.blueprint import blueprint
from marketplace.recruiting.invitations.queries import office_pilot, office_pilots
from marketplace.recruiting.sessions import queries, rules, service
from marketplace.recruiting.sessions.audiences import audiences
from marketplace.recruiting.sessions.calendar import calendar_file
from marketplace.recruiting.sessions.forms import (
    NewSessionForm,
    SessionForm,
    SessionRegistrationForm,
    VisitorForm,
    session_values,
)
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.own_links import token_of
from marketplace.recruiting.sessions.participants import participants_csv
from marketplace.recruiting.sessions.rules import RegistrationState, SessionState
from marketplace.web.forms import PlainForm, options
from marketplace.web.frame import (
    SAFE_METHODS,
    current_actor,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import Elsewhere, carry_out, lead_on
from marketplace.web.visitor import network

OFFICE = "/office/sessions"


def when(planned: InformationSession) -> str:
    """Day and times as they are written in Finland: `20.4.2022 klo 16–17.30`."""
    return period_text(planned.starts_at, planned.ends_at)


blueprint.add_app_template_filter(when, "session_time")


# --- for everybody ---------------------------------------------------------------------------------------------------


@blueprint.get("/sessions")
@requires(Permission.PUBLIC)
def sessions() -> ResponseReturnValue:
    """The sessions that are still to be held."""
    found = queries.upcoming(session(), now=now())
    rows = [(each, current_definition(session(), each.pilot_key).name) for each in found]
    return render(
        "recruiting/sessions.html",
        rows=rows,
        audiences=audiences(),
        free=queries.free_seats(session(), found),
    )


def coming_in_pilot(pilot_key: str) -> Markup:
    """A part of a pilot's page: its sessions that are still to be held, with their free seats; nothing without any."""
    found = queries.upcoming(session(), now=now(), pilot_key=pilot_key)
    if not found:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "recruiting/_coming.html",
            found=found,
            audiences=audiences(),
            free=queries.free_seats(session(), found),
        )
    )


@blueprint.route("/sessions/<int:session_id>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def information_session(session_id: int) -> ResponseReturnValue:
    """A session, and registering for it."""
    planned = queries.public_session(session(), session_id, lock=request.method not in SAFE_METHODS)
    asked = audiences()[planned.audience]
    form = (SessionRegistrationForm if asked.asks_company else VisitorForm).from_request()
    show_organisation(planned.pilot.organisation)
    return carry_out(
        form,
        lambda: _register(planned, form),
        done=lambda _registered: lead_on(
            url_for("recruiting.information_session", session_id=session_id),
            _nearly_done(planned),
        ),
        show=lambda: render(
            "recruiting/session.html",
            planned=planned,
            definition=current_definition(session(), planned.pilot_key),
            form=form,
            is_open=rules.takes_registrations(planned.state, planned.starts_at, now()),
            audience=asked,
            is_full=_is_full(planned),
            free=queries.free_seats(session(), [planned]).get(session_id),
        ),
    )


def _is_full(planned: InformationSession) -> bool:
    return rules.is_full(queries.seats_taken(session(), planned.id), planned.seats)


def _nearly_done(planned: InformationSession) -> str:
    """What follows on registering: a seat, or a place in line."""
    if _is_full(planned):
        return _(
            "Nearly done: confirm by the link that we have sent to your e-mail. You are in line after that."
        )
    return _(
        "Nearly done: confirm by the link that we have sent to your e-mail. The seat is yours after that."
    )


def _register(planned: InformationSession, form: VisitorForm) -> None:
    service.register(
        work(),
        planned,
        name=form.name.data,
        company=form.company.data if isinstance(form, SessionRegistrationForm) else "",
        email=form.email.data,
        language=current_language(),
        source=network(),
    )


@blueprint.get("/sessions/<int:session_id>/calendar.ics")
@requires(Permission.PUBLIC)
def session_calendar(session_id: int) -> ResponseReturnValue:
    """The session for one's own calendar."""
    planned = queries.public_session(session(), session_id)
    page = settings().public_url + url_for("recruiting.information_session", session_id=session_id)
    content = calendar_file(planned, current_language(), page)
    return _download(content, f"{MEDIA_TYPE}; charset=utf-8", "palvelutori.ics")


_KEY: Final = LinkKey("session_registration")


@blueprint.get("/sessions/registrations")
@requires(Permission.PUBLIC)
def opened_registration() -> ResponseReturnValue:
    """The link of a letter: its key goes into the browser."""
    return _open_registration(_KEY.given() or "")


@blueprint.get("/sessions/registrations/<token>")
@requires(Permission.PUBLIC)
def opened_registration_by_path(token: str) -> ResponseReturnValue:
    """Links of letters from before the key went into the query."""
    return _open_registration(token)


def _open_registration(key: str) -> ResponseReturnValue:
    found = queries.registration_of_token(session(), token_of(key))
    page = url_for("recruiting.session_registration", registration_id=found.id)
    return _KEY.keep(key, onward=page, of=found.id)


@blueprint.route("/sessions/registrations/<int:registration_id>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def session_registration(registration_id: int) -> ResponseReturnValue:
    """The page behind the link: seeing one's registration and taking it back."""
    key = _KEY.demanded(registration_id)
    found = queries.registration_of_token(session(), token_of(key), lock=request.method not in SAFE_METHODS)
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.withdraw(work(), found),
        done=lambda _withdrawn: lead_on(
            url_for("recruiting.session_registration", registration_id=registration_id),
            _("Your registration has been taken back."),
        ),
        show=lambda: _registration_page(found, form),
    )


@blueprint.post("/sessions/registrations/<int:registration_id>/confirm")
@requires(Permission.PUBLIC)
def confirm_registration(registration_id: int) -> ResponseReturnValue:
    """The button behind the link of a letter: whoever reads the mail of the address comes."""
    key = _KEY.demanded(registration_id)
    found = queries.registration_of_token(session(), token_of(key), lock=True)
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.confirm(work(), found),
        done=lambda _confirmed: lead_on(
            url_for("recruiting.session_registration", registration_id=registration_id),
            _("Every seat is taken. You are in line, and a letter comes when a seat is free for you.")
            if found.state == RegistrationState.WAITING
            else _("You have registered. A letter with a calendar entry comes by e-mail."),
        ),
        show=lambda: _registration_page(queries.registration_of_token(session(), token_of(key)), form),
    )


def _registration_page(found: SessionRegistration, form: PlainForm) -> ResponseReturnValue:
    show_organisation(found.session.pilot.organisation)
    response = render(
        "recruiting/registration.html",
        registration=found,
        planned=found.session,
        is_full=_is_full(found.session),
        form=form,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- for the office --------------------------------------------------------------------------------------------------


@blueprint.get(OFFICE)
@requires(Permission.VIEW_APPLICATIONS)
def office_sessions() -> ResponseReturnValue:
    """The organisation's sessions and how many come."""
    pilots = office_pilots(work())
    names = {pilot.key: current_definition(session(), pilot.key).name for pilot in pilots}
    if pilots:
        show_organisation(pilots[0].organisation)
    rows = queries.of_pilots(session(), list(names))
    return render(
        "recruiting/office_sessions.html",
        rows=rows,
        audiences=audiences(),
        free=queries.free_seats(session(), [each for each, _coming in rows]),
        names=names,
        may_invite=current_actor().may(Permission.INVITE_PROVIDERS),
        now=now(),
    )


@blueprint.route(f"{OFFICE}/new", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def plan_session() -> ResponseReturnValue:
    """Plan a session."""
    form = NewSessionForm.from_request(pilot=request.args.get("pilot"))
    form.pilot.choices = options(
        (pilot.key, current_definition(session(), pilot.key).name[current_language()])
        for pilot in office_pilots(work())
    )
    show_own_organisation()
    return carry_out(
        form,
        lambda: service.plan(work(), office_pilot(work(), form.pilot.data), form.facts),
        done=lambda planned: _to_session(
            planned.id, _("The session has been planned. Everybody can register now.")
        ),
        show=lambda: _edit_page(form, None),
        faults=lambda: service.refusals(form.told, now()),
    )


def _to_session(session_id: int, message: str) -> ResponseReturnValue:
    return lead_on(url_for("recruiting.office_session", session_id=session_id), message)


@blueprint.get(f"{OFFICE}/<int:session_id>")
@requires(Permission.VIEW_APPLICATIONS)
def office_session(session_id: int) -> ResponseReturnValue:
    """A session and its participants."""
    planned = _ours(session_id)
    organisation = planned.pilot.organisation_key
    allowed = current_actor().may(Permission.INVITE_PROVIDERS, organisation=organisation)
    coming, waiting = queries.participants(session(), session_id), queries.waiting_list(session(), session_id)
    if coming or waiting:
        record_view(planned, organisation=organisation, action=SessionAudit.VIEW)
    return render(
        "recruiting/office_session.html",
        planned=planned,
        definition=current_definition(session(), planned.pilot_key),
        participants=coming,
        waiting=waiting,
        audience=audiences()[planned.audience],
        free=queries.free_seats(session(), [planned]).get(session_id),
        may_change=allowed and planned.state == SessionState.PLANNED and planned.starts_at > now(),
    )


@blueprint.route(f"{OFFICE}/<int:session_id>/edit", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def edit_session(session_id: int) -> ResponseReturnValue:
    """Change a session; those who come are told when its time or place changes."""
    planned = _ours(session_id)
    form = SessionForm.from_request(**session_values(planned))
    return carry_out(
        form,
        lambda: service.change(work(), planned, form.facts),
        done=lambda _changed: _to_session(
            session_id, _("The session has been saved. Those who come are told of a new time or place.")
        ),
        show=lambda: _edit_page(form, planned),
        faults=lambda: service.refusals(form.told, now()),
    )


@blueprint.route(f"{OFFICE}/<int:session_id>/cancel", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def cancel_session(session_id: int) -> ResponseReturnValue:
    """Cancel a session, after being told what that means."""
    planned, form = _ours(session_id), PlainForm.from_request()
    if planned.state != SessionState.PLANNED:
        address = url_for("recruiting.office_session", session_id=session_id)
        raise Elsewhere(address, _("The session has been cancelled already."))
    return carry_out(
        form,
        lambda: service.cancel(work(), planned),
        done=lambda _cancelled: _to_session(
            session_id, _("The session has been cancelled, and those who were coming are told.")
        ),
        show=lambda: render(
            "recruiting/cancel_session.html",
            form=form,
            planned=planned,
            coming=queries.number_coming(session(), session_id),
        ),
    )


@blueprint.get(f"{OFFICE}/<int:session_id>/participants.csv")
@requires(Permission.VIEW_APPLICATIONS)
def session_participants(session_id: int) -> ResponseReturnValue:
    """The list of participants for a spreadsheet."""
    planned = _ours(session_id)
    organisation = planned.pilot.organisation_key
    record_view(planned, organisation=organisation, action=SessionAudit.EXPORT)
    content = participants_csv(queries.participants(session(), planned.id))
    return _download(content, "text/csv; charset=utf-8", f"participants-{planned.id}.csv")


def _ours(session_id: int) -> InformationSession:
    """A session of the actor's organisation, locked when the request changes it. Raises NotFound."""
    lock = request.method not in SAFE_METHODS
    planned = queries.office_session(work(), session_id, lock=lock)
    show_organisation(planned.pilot.organisation)
    return planned


def _edit_page(form: SessionForm, planned: InformationSession | None) -> ResponseReturnValue:
    return render("recruiting/edit_session.html", form=form, planned=planned)


def _download(content: bytes, media_type: str, name: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
