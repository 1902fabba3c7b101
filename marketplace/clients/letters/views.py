"""Signing in with a code of a letter, and the counsellor's page that makes the letter."""

from __future__ import annotations

from typing import Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.browser import open_session
from marketplace.accounts.models import User
from marketplace.clients.blueprint import blueprint
from marketplace.clients.letters import service
from marketplace.clients.letters.document import letter_pdf
from marketplace.clients.letters.forms import LetterCodeForm, LetterForm
from marketplace.clients.looking import client_seen
from marketplace.clients.models import Client
from marketplace.clients.rules import Part
from marketplace.permissions import Permission
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import client_rules
from marketplace.web.addresses import safe_next
from marketplace.web.frame import (
    current_actor,
    database,
    feature_blueprint,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.posting import carry_out, lead_on

codes: Final = feature_blueprint("client_codes", __name__, "/account/code")


@codes.route("", methods=["GET", "POST"], endpoint="sign_in")
@requires(Permission.PUBLIC, once=False, counted=False)
def sign_in_by_letter() -> ResponseReturnValue:
    """Sign in with the client number and a code; what goes wrong is told with what to do about it."""
    form = LetterCodeForm.from_request()
    return carry_out(
        form,
        lambda: service.sign_in_by_code(
            database(),
            number=form.number.data or "",
            code=form.code.data or "",
            address=request.remote_addr or "",
            now=now(),
        ),
        done=lambda opened: _enter(opened.id),
        show=lambda: render(
            "clients/code.html", form=form, identification=settings().identification is not None
        ),
    )


def _enter(user_id: int) -> ResponseReturnValue:
    open_session(session().get_one(User, user_id), how="code")
    return lead_on(safe_next(request.args.get("next")) or url_for("client_area.home"))


@blueprint.route("/<int:client_id>/letter", methods=["GET", "POST"], endpoint="letter")
@requires(Permission.MANAGE_CLIENTS)
def letter(client_id: int) -> ResponseReturnValue:
    """Make a letter with new codes: the document is shown once, when it is made."""
    client = client_seen(client_id, Part.LETTER, permission=Permission.MANAGE_CLIENTS)
    organisation = session().get_one(Organisation, client.organisation_key)
    form = LetterForm.from_request()
    return carry_out(
        form,
        lambda: _written(client, organisation),
        done=lambda content: _download(content, f"{client.number}.pdf"),
        show=lambda: render(
            "clients/letter.html", form=form, client=client, rules=client_rules(client.organisation_key)
        ),
    )


def _written(client: Client, organisation: Organisation) -> bytes:
    """A letter with new codes, as the document."""
    made, new_codes = service.write_letter(work(), client.id)
    return letter_pdf(
        client,
        organisation,
        new_codes,
        expires_at=made.expires_at,
        signed_by=current_actor().name,
        now=now(),
    )


def _download(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name.replace("/", "-"))
    response.headers["Cache-Control"] = "private, no-store"
    return response
