"""The page where anybody asks about an offer, and what the office sees of questions: numbers."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.queries import provider_people
from marketplace.enquiries import provider_views, queries, service
from marketplace.enquiries.forms import QuestionForm
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import LATE, AnswerBy
from marketplace.enquiries.service import NewEnquiry
from marketplace.errors import NotAllowed
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation, show_own_organisation
from marketplace.search import documents
from marketplace.search.documents import Face
from marketplace.web.frame import (
    current_actor,
    feature_blueprint,
    found,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.posting import carry_out, lead_on
from marketplace.web.visitor import network

__all__ = ["blueprint", "provider_views"]

blueprint = feature_blueprint("enquiries", __name__)


@blueprint.route("/services/<int:offer_id>/question", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def ask(offer_id: int) -> ResponseReturnValue:
    """Ask the provider of a visible offer."""
    face = found(next(documents.faces(session(), [offer_id], helsinki_date(now())), None))
    form = QuestionForm.from_request(answer_by=AnswerBy.EMAIL)
    return carry_out(form, lambda: _ask(face, form), done=_asked, show=lambda: _page(face, form))


def _ask(face: Face, form: QuestionForm) -> Enquiry:
    question = NewEnquiry(
        name=form.name.data or "",
        answer_by=AnswerBy(form.answer_by.data),
        email=form.email.data or "",
        phone=form.phone.data or "",
        text=form.text.data or "",
        language=current_language(),
    )
    return service.ask(work(), face.row.offer, question, source=network())


def _asked(enquiry: Enquiry) -> ResponseReturnValue:
    told = {
        AnswerBy.EMAIL: _("Your question has been sent. The answer comes to your e-mail."),
        AnswerBy.PHONE: _("Your question has been sent. The provider rings you."),
    }
    return lead_on(url_for("search.offer", offer_id=enquiry.offer_id), told[enquiry.answer_by])


def _page(face: Face, form: QuestionForm) -> ResponseReturnValue:
    offer = face.row.offer
    show_organisation(pilots.pilot(session(), offer.pilot_key).organisation)
    return render(
        "enquiries/ask.html",
        form=form,
        title=face.row.version.title,
        offer=offer,
        provider=face.row.provider,
        reachable=bool(provider_people(session(), offer.provider_id)),
    )


@blueprint.get("/office/questions")
@requires(Permission.VIEW_APPLICATIONS)
def office() -> ResponseReturnValue:
    """How many questions clients have asked in the organisation's pilots. What they wrote is not the office's."""
    actor = current_actor()
    if actor.organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    rows = [
        (pilots.current_definition(session(), each.pilot_key).name, each)
        for each in queries.counted(session(), actor.organisation, now())
    ]
    return render("enquiries/office.html", rows=rows, late_days=LATE.days)
