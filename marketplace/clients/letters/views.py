"""Signing in with a code of a letter, and the counsellor's page that makes the letter."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.browser import open_session
from marketplace.accounts.guessing.service import TooManyTries
from marketplace.accounts.models import User
from marketplace.clients.blueprint import blueprint
from marketplace.clients.letters import service
from marketplace.clients.letters.document import letter_pdf
from marketplace.clients.letters.forms import CodeForm, LetterForm
from marketplace.clients.looking import client_seen
from marketplace.clients.rules import Part
from marketplace.errors import NotAllowed
from marketplace.permissions import Permission
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import client_rules
from marketplace.web.frame import (
    current_actor,
    database,
    feature_blueprint,
    now,
    render,
    requires,
    safe_next,
    session,
    work,
)

codes: Final = feature_blueprint("client_codes", __name__, "/account/code")


@codes.route("", methods=["GET", "POST"], endpoint="sign_in")
@requires(Permission.PUBLIC)
def sign_in_by_letter() -> ResponseReturnValue:
    """Sign in with the client number and a code; what goes wrong is told with what to do about it."""
    form, status, wait = CodeForm.from_request(), 200, 0
    if form.validate_on_submit():
        try:
            opened = service.sign_in_by_code(
                database(),
                number=form.number.data or "",
                code=form.code.data or "",
                address=request.remote_addr or "",
                now=now(),
            )
        except (TooManyTries, service.CodeRefused, NotAllowed) as error:
            form.refuse(error)
            status, wait = error.status, getattr(error, "wait", 0)
        else:
            open_session(session().get_one(User, opened.id), how="code")
            return redirect(safe_next(request.args.get("next")) or url_for("client_area.home"))
    page = render("clients/code.html", status=422 if form.errors and status == 200 else status, form=form)
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


@blueprint.route("/<int:client_id>/letter", methods=["GET", "POST"], endpoint="letter")
@requires(Permission.MANAGE_CLIENTS)
def letter(client_id: int) -> ResponseReturnValue:
    """Make a letter with new codes: the document is shown once, when it is made."""
    client = client_seen(client_id, Part.LETTER, permission=Permission.MANAGE_CLIENTS)
    organisation = session().get_one(Organisation, client.organisation_key)
    form = LetterForm.from_request()
    if form.validate_on_submit():
        made, new_codes = service.write_letter(work(), client_id)
        content = letter_pdf(
            client,
            organisation,
            new_codes,
            expires_at=made.expires_at,
            signed_by=current_actor().name,
            now=now(),
        )
        return _download(content, f"{client.number}.pdf")
    return render(
        "clients/letter.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        client=client,
        rules=client_rules(client.organisation_key),
    )


def _download(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name.replace("/", "-"))
    response.headers["Cache-Control"] = "private, no-store"
    return response
