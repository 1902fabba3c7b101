"""The page behind a personal link: what the invitation is about, going on to apply, and saying no."""

from __future__ import annotations

from typing import Final

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
from marketplace.text import whole_number
from marketplace.web.forms import PlainForm
from marketplace.web.frame import database, now, render, requires, session, work
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import lead_on
from marketplace.work import UnitOfWork

INVITED: Final = "/invitation/<int:invitation_id>"
_KEY: Final = LinkKey("invitation")


@blueprint.get("/invitation")
@requires(Permission.PUBLIC)
def invitation() -> ResponseReturnValue:
    """The link of a letter: its key goes into the browser, and the first opening is noted."""
    return _open(_KEY.given() or "")


@blueprint.get("/invitation/<token>")
@requires(Permission.PUBLIC)
def invitation_by_path(token: str) -> ResponseReturnValue:
    """Links of letters from before the key went into the query."""
    return _open(token)


def _open(key: str) -> ResponseReturnValue:
    with database().transaction() as change:  # opening the link is what is recorded
        found = queries.invitation_of_token(change, key, lock=True)
        answering.open_link(UnitOfWork(change, ANYBODY, now()), found)
        number = found.id
    return _KEY.keep(key, onward=url_for("recruiting.invited", invitation_id=number), of=number)


@blueprint.get(INVITED)
@requires(Permission.PUBLIC)
def invited(invitation_id: int) -> ResponseReturnValue:
    """What the recipient of a letter sees."""
    found = queries.invitation_of_token(session(), _KEY.demanded(invitation_id))
    show_organisation(found.pilot.organisation)
    definition = current_definition(session(), found.pilot_key)
    here = url_for("recruiting.invited", invitation_id=found.id)
    response = render(
        "recruiting/invitation.html",
        invitation=found,
        definition=definition,
        takes_applications=definition.takes_applications(helsinki_date(now())),
        providers=my_providers(work()) if current_user.is_authenticated else [],
        sessions=upcoming(session(), now=now(), pilot_key=found.pilot_key),
        here=here,
        register_url=url_for(
            "providers.register",
            business_id=found.business_id or None,
            official_name=found.name,
            email=found.email,
            next=here,
        ),
        form=PlainForm(formdata=None),
    )
    return _private(response)


@blueprint.post(f"{INVITED}/answer/<any(decline, disown):said>")
@requires(Permission.PUBLIC)
def answer_invitation(invitation_id: int, said: str) -> ResponseReturnValue:
    """The invitation is not for us, or the address is wrong: nothing more is sent."""
    answering.answer(work(), _locked(invitation_id), said)
    return lead_on(
        url_for("recruiting.invited", invitation_id=invitation_id),
        _("Thank you for telling us. We do not write to this address again."),
    )


@blueprint.post(f"{INVITED}/apply")
@requires(Permission.EDIT_PROVIDER)
def apply_by_invitation(invitation_id: int) -> ResponseReturnValue:
    """Begin the application of one of the person's providers, or go on with it."""
    found = _locked(invitation_id)
    application = answering.apply(work(), found, provider_id=whole_number(request.form.get("provider")) or 0)
    return lead_on(
        url_for(
            "applications.application",
            provider_id=application.provider_id,
            application_id=application.id,
        )
    )


def _locked(invitation_id: int) -> Invitation:
    """The invitation whose key the browser holds, for the change that follows."""
    return queries.invitation_of_token(session(), _KEY.demanded(invitation_id), lock=True)


def _private(response: Response) -> Response:
    """What a key opens is neither kept by caches nor shown to search engines."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
