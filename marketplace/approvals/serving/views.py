"""The office's pages of letters to post: the list, one letter, its print."""

from __future__ import annotations

from typing import Any

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications.models import Application
from marketplace.approvals.access import review_url
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.serving import labels, queries
from marketplace.approvals.serving.forms import LetterPostedForm
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.posting import mark_posted, subject_of, thing_of
from marketplace.decisions.document import posted_letter_pdf
from marketplace.errors import NotAllowed, NotFound
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation, show_own_organisation
from marketplace.providers.labels import postal_address
from marketplace.web.frame import SAFE_METHODS, current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

LETTER = "/office/letters/<int:document_id>"


@blueprint.get("/office/letters", endpoint="letters")
@requires(Permission.VIEW_APPLICATIONS)
def letters() -> ResponseReturnValue:
    """What has reached nobody yet, because it has to be posted."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    return render(
        "approvals/serving/letters.html",
        documents=queries.waiting(session(), organisation),
        labels=labels,
    )


@blueprint.route(LETTER, methods=["GET", "POST"], endpoint="letter")
@requires(Permission.VIEW_APPLICATIONS)
def letter(document_id: int) -> ResponseReturnValue:
    """One document: to whom it goes and how; write down that it was posted."""
    document = queries.for_office(work(), document_id, lock=request.method not in SAFE_METHODS)
    show_organisation(document.pilot.organisation)
    form: Any = LetterPostedForm.from_request()
    back = _matter(document)
    actor, organisation = current_actor(), document.pilot.organisation_key
    return carry_out(
        form,
        lambda: mark_posted(work(), document, form.posted_on.data, form.received_on.data),
        done=lambda _posted: lead_on(back, _("The day of posting has been written down.")),
        show=lambda: render(
            "approvals/serving/letter.html",
            form=form,
            document=document,
            address=postal_address(document.provider),
            back=back,
            labels=labels,
            may_mark=actor.may(Permission.REVIEW_APPLICATIONS, organisation=organisation)
            or actor.may(Permission.DECIDE_APPLICATIONS, organisation=organisation),
        ),
        moved_on=back,
    )


def _matter(document: ServedDocument) -> str:
    """The page of what the document is about."""
    thing = thing_of(subject_of(work(), document))
    if thing is None:
        return url_for("approvals.circular", circular_id=document.circular_id)
    if isinstance(thing, Application):
        return review_url(thing)
    return url_for("approvals.standing", approval_id=thing.id)


@blueprint.get(f"{LETTER}.pdf", endpoint="letter_print")
@requires(Permission.VIEW_APPLICATIONS)
def letter_print(document_id: int) -> ResponseReturnValue:
    """The letter to print; a decision goes with it as an enclosure. What went by mail has none."""
    document = queries.for_office(work(), document_id)
    if not document.text:
        raise NotFound()
    answer = make_response(_print(document))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="letter-{document.id}.pdf"'
    return answer


def _print(document: ServedDocument) -> bytes:
    provider = document.provider
    return posted_letter_pdf(
        document.pilot.organisation,
        document.language,
        title=document.title,
        address=[provider.official_name, *postal_address(provider)],
        text=document.text,
        written_on=document.written_on,
        now=now(),
    )
