"""The pages of whoever wants to be told of a free place: asking, confirming, ending."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import _, current_language, helsinki_date
from marketplace.offers.queries import title_on
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.search import documents
from marketplace.search.documents import Face
from marketplace.search.offer_cards import availability_of
from marketplace.vacancies import queries, service
from marketplace.vacancies.forms import NoticeForm, VacancyDecisionForm
from marketplace.vacancies.models import PlaceNotice
from marketplace.web.forms import chosen
from marketplace.web.frame import SAFE_METHODS, feature_blueprint, found, now, render, requires, session, work
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import carry_out, lead_on
from marketplace.web.visitor import network

blueprint = feature_blueprint("vacancies", __name__, "/services")


class VacancyDecision(StrEnum):
    """The buttons of the page behind the link."""

    CONFIRM = "confirm"
    END = "end"


@blueprint.route("/<int:offer_id>/free-place", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def ask(offer_id: int) -> ResponseReturnValue:
    """Ask to be told when a visible offer has a free place."""
    face = found(next(documents.faces(session(), [offer_id], helsinki_date(now())), None))
    form = NoticeForm.from_request()
    return carry_out(form, lambda: _ask(face, form), done=_asked, show=lambda: _page(face, form))


def _ask(face: Face, form: NoticeForm) -> PlaceNotice:
    return service.ask(
        work(),
        face.row.offer,
        email=form.email.data or "",
        language=current_language(),
        source=network(),
    )


def _asked(notice: PlaceNotice) -> ResponseReturnValue:
    told = _("A letter has been sent to your e-mail. Open its link to confirm that you want the notice.")
    return lead_on(url_for("search.offer", offer_id=notice.offer_id), told)


def _page(face: Face, form: NoticeForm) -> ResponseReturnValue:
    offer = face.row.offer
    show_organisation(pilots.pilot(session(), offer.pilot_key).organisation)
    return render(
        "vacancies/ask.html",
        form=form,
        title=face.row.version.title,
        offer=offer,
        provider=face.row.provider,
        is_free=bool(face.values["available"]),
        availability=availability_of(documents.availability(offer), face.day)[0],
    )


_KEY: Final = LinkKey("free_place")


@blueprint.get("/free-place")
@requires(Permission.PUBLIC)
def opened() -> ResponseReturnValue:
    """The link of the letter: its key goes into the browser."""
    return _open(_KEY.given() or "")


@blueprint.get("/free-place/<token>")
@requires(Permission.PUBLIC)
def opened_by_path(token: str) -> ResponseReturnValue:
    """Links of letters from before the key went into the query."""
    return _open(token)


def _open(key: str) -> ResponseReturnValue:
    shown = queries.by_token(session(), key, now=now())
    return _KEY.keep(key, onward=url_for("vacancies.notice", notice_id=shown.id), of=shown.id)


@blueprint.route("/free-place/<int:notice_id>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def notice(notice_id: int) -> ResponseReturnValue:
    """The page behind the link: confirming the wish, and ending it with one button."""
    key = _KEY.demanded(notice_id)
    shown = queries.by_token(session(), key, now=now(), lock=request.method not in SAFE_METHODS)
    form = VacancyDecisionForm.from_request()
    return carry_out(
        form,
        lambda: _decide(shown),
        done=lambda message: (
            lead_on(url_for("search.results"), message)
            if message is not None
            else lead_on(url_for("vacancies.notice", notice_id=notice_id))
        ),
        show=lambda: render(
            "vacancies/notice.html", notice=shown, title=title_on(shown.offer, helsinki_date(now()))
        ),
    )


def _decide(shown: PlaceNotice) -> str | None:
    """Carry out what the button says; the message when the wish has ended."""
    if chosen(VacancyDecision, request.form.get("decision")) is VacancyDecision.CONFIRM:
        service.confirm(work(), shown)
        return None
    service.end(work(), shown)
    return _("Ended. Your address has been deleted.")
