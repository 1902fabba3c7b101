"""The page behind a personal link: what the invitation is about, going on to apply, and saying no."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.i18n import _, helsinki_date
from marketplace.permissions import ANYBODY, Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.queries import current_definition
from marketplace.providers.queries import my_providers
from marketplace.recruiting.blueprint import blueprint
from marketplace.recruiting.invitations import answering, queries
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.sessions.queries import upcoming
from marketplace.web.forms import PlainForm
from marketplace.web.frame import database, now, render, requires, session, work
from marketplace.web.posting import lead_on
from marketplace.work import UnitOfWork

LINK = "/invitation/<token>"


@blueprint.get(LINK)
@requires(Permission.PUBLIC)
def invitation(token: str) -> ResponseReturnValue:
    """What the recipient of a letter sees; the first opening is noted."""
    with database().transaction() as change:  # reading the page is what is recorded
        answering.open_link(
            UnitOfWork(change, ANYBODY, now()), queries.invitation_of_token(change, token, lock=True)
        )
    found = _invitation(token)
    definition = current_definition(session(), found.pilot_key)
    response = render(
        "recruiting/invitation.html",
        invitation=found,
        token=token,
        definition=definition,
        takes_applications=definition.takes_applications(helsinki_date(now())),
        providers=my_providers(work()) if current_user.is_authenticated else [],
        sessions=upcoming(session(), now=now(), pilot_key=found.pilot_key),
        register_url=url_for(
            "providers.register",
            business_id=found.business_id or None,
            official_name=found.name,
            email=found.email,
            next=url_for("recruiting.invitation", token=token),
        ),
        form=PlainForm(formdata=None),
    )
    return _private(response)


@blueprint.post(f"{LINK}/answer/<any(decline, disown):said>")
@requires(Permission.PUBLIC)
def answer_invitation(token: str, said: str) -> ResponseReturnValue:
    """The invitation is not for us, or the address is wrong: nothing more is sent."""
    found = queries.invitation_of_token(session(), token, lock=True)
    answering.answer(work(), found, said)
    return lead_on(
        url_for("recruiting.invitation", token=token),
        _("Thank you for telling us. We do not write to this address again."),
    )


@blueprint.post(f"{LINK}/apply")
@requires(Permission.EDIT_PROVIDER)
def apply_by_invitation(token: str) -> ResponseReturnValue:
    """Begin the application of one of the person's providers, or go on with it."""
    found = queries.invitation_of_token(session(), token, lock=True)
    application = answering.apply(work(), found, provider_id=request.form.get("provider", 0, type=int))
    return lead_on(
        url_for(
            "applications.application",
            provider_id=application.provider_id,
            application_id=application.id,
        )
    )


def _invitation(token: str) -> Invitation:
    found = queries.invitation_of_token(session(), token)
    show_organisation(found.pilot.organisation)
    return found


def _private(response: Response) -> Response:
    """The address is a secret: it is neither kept by caches nor shown to search engines."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
