"""The client's pages of questions, in plain language: what it is about, one question at a time, sending, stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.clients.area.acting import Acting, acting, acting_work
from marketplace.clients.models import Client
from marketplace.clients.rules import ConsentKind, Part
from marketplace.effects import labels, own, queries, service
from marketplace.effects.forms import ItemForm, SendForm, StopForm, point_names
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import ASKING, Keeping, open_until
from marketplace.effects.sets import AskedQuestion, instruments_of, items_of
from marketplace.errors import NotFound
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.web.forms import PlainForm
from marketplace.web.frame import render, requires, session
from marketplace.web.posting import carry_out, lead_on

blueprint: Final = Blueprint("questions", __name__, url_prefix="/questions")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def index() -> ResponseReturnValue:
    """What is asked and why, what waits, what has been answered, and how to stop."""
    whose = acting(Part.QUESTIONS)
    client = whose.client
    askings = queries.askings_of(session(), client.id)
    return render(
        "effects/own/index.html",
        consent=queries.consent_of(session(), client.id),
        askings=askings,
        onward={
            each.id: _onward(each, items_of(session(), client.organisation_key, each.wave))
            for each in askings
            if each.state in ASKING.waiting
        },
        readable={
            each.id
            for each in askings
            if each.state not in ASKING.waiting and own.answers_to(session(), each)
        },
        sets=instruments_of(session(), client.organisation_key),
        has_answers=own.has_answers(session(), client.id),
        labels=labels,
        open_until=open_until,
    )


@blueprint.post("/agree", endpoint="agree")
@requires(Permission.OWN_MATTERS)
def agree() -> ResponseReturnValue:
    """The client agrees to be asked."""
    whose, doing = acting_work(Part.QUESTIONS)
    service.agree(doing, whose.client)
    return _to_index(_("Thank you. You can stop at any time."))


@blueprint.route("/stop", methods=["GET", "POST"], endpoint="stop")
@requires(Permission.OWN_MATTERS)
def stop() -> ResponseReturnValue:
    """The client does not want to be asked any more, and says what becomes of the answers."""
    whose, doing = acting_work(Part.QUESTIONS)
    form = StopForm.from_request()
    return carry_out(
        form,
        lambda: service.withdraw(doing, whose.client, form.said()),
        done=lambda _stopped: _to_index(_stopped_message(form.said())),
        show=lambda: render("effects/own/stop.html", form=form),
    )


def _stopped_message(keeping: Keeping) -> str:
    if keeping is Keeping.DELETE:
        return _("We do not ask you any more. Your answers have been deleted.")
    return _("We do not ask you any more. Your answers are kept.")


@blueprint.post("/delete", endpoint="delete")
@requires(Permission.OWN_MATTERS)
def delete() -> ResponseReturnValue:
    """Delete answers that were kept when the client stopped."""
    whose, doing = acting_work(Part.QUESTIONS)
    service.withdraw(doing, whose.client, Keeping.DELETE)
    return _to_index(_("Your answers have been deleted."))


@blueprint.route("/<int:asking_id>/<int:number>", methods=["GET", "POST"], endpoint="item")
@requires(Permission.OWN_MATTERS)
def item(asking_id: int, number: int) -> ResponseReturnValue:
    """One question; what is answered is kept at once."""
    whose, doing = acting_work(Part.QUESTIONS)
    asking, items = _waiting(whose.client, asking_id)
    if not 1 <= number <= len(items):
        raise NotFound()
    asked = items[number - 1]
    before = own.answers_to(session(), asking).get(asked.key)
    form: Any = ItemForm.from_request(answer=None if before is None else str(before))
    form.offer(asked)
    if request.method == "POST" and "skip" in request.form:
        service.answer_item(doing, whose.client, asking_id, asked.key, None, helped=not whose.is_own)
        return lead_on(_onward(asking, items, number))
    return carry_out(
        form,
        lambda: service.answer_item(
            doing, whose.client, asking_id, asked.key, int(form.answer.data), helped=not whose.is_own
        ),
        done=lambda _kept: lead_on(_onward(asking, items, number)),
        show=lambda: render(
            "effects/own/item.html", form=form, asking=asking, asked=asked, number=number, count=len(items)
        ),
        moved_on=url_for("client_area.questions.index"),
    )


@blueprint.route("/<int:asking_id>", methods=["GET", "POST"], endpoint="check")
@requires(Permission.OWN_MATTERS)
def check(asking_id: int) -> ResponseReturnValue:
    """Look at the answers and send them; those of an earlier time only the client reads again.

    A helper who may only see reads none.
    """
    whose = acting(Part.QUESTIONS)
    asking = queries.asking_of(session(), whose.client.id, asking_id)
    waits = asking.state in ASKING.waiting
    is_readable = whose.may_act if waits else whose.is_own and bool(own.answers_to(session(), asking))
    if not is_readable:
        raise NotFound()
    form: Any = SendForm.from_request()

    def send() -> None:
        acted, doing = acting_work(Part.QUESTIONS)
        helped = form.helped.data or not acted.is_own
        service.send(doing, acted.client, asking_id, helped=helped)

    return carry_out(
        form,
        send,
        done=lambda _sent: _to_index(_("Thank you for your answers.")),
        show=lambda: render(
            "effects/own/check.html",
            form=form,
            asking=asking,
            waits=waits,
            rows=_rows(whose.client, asking),
            sets=_sets(items_of(session(), whose.client.organisation_key, asking.wave)),
            wave=labels.wave_name(asking.wave),
        ),
        moved_on=url_for("client_area.questions.index"),
    )


@blueprint.route("/<int:asking_id>/skip", methods=["GET", "POST"], endpoint="skip")
@requires(Permission.OWN_MATTERS)
def skip(asking_id: int) -> ResponseReturnValue:
    """The client does not want to answer this time."""
    whose, doing = acting_work(Part.QUESTIONS)
    asking, _items = _waiting(whose.client, asking_id)
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: service.skip(doing, whose.client, asking_id),
        done=lambda _skipped: _to_index(_("All right. You need not answer this time.")),
        show=lambda: render("effects/own/skip.html", form=form, asking=asking),
        moved_on=url_for("client_area.questions.index"),
    )


def own_panel(whose: Acting) -> Markup:
    """A part of the client's first page: whether questions wait, or whether the client wants to be asked."""
    client = whose.client
    consent = queries.consent_of(session(), client.id)
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "effects/own/_panel.html",
            waiting=queries.waiting_askings(session(), client.id),
            undecided=consent is None and any(each.ended_on is None for each in client.participations),
        )
    )


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Questions"), url_for("client_area.questions.index")


def consent_page(kind: ConsentKind) -> tuple[str, str] | None:
    """Where the client agrees to questions and stops; for the slot `clients.consent_pages`."""
    if kind is not ConsentKind.EFFECTS:
        return None
    return _("Decide on the page of questions"), url_for("client_area.questions.index")


def _to_index(message: str) -> ResponseReturnValue:
    return lead_on(url_for("client_area.questions.index"), message)


def _waiting(client: Client, asking_id: int) -> tuple[EffectAsking, Sequence[AskedQuestion]]:
    """An asking that can be answered, and its questions; 404 for what is over."""
    asking = queries.asking_of(session(), client.id, asking_id)
    if asking.state not in ASKING.waiting:
        raise NotFound()
    return asking, items_of(session(), client.organisation_key, asking.wave)


def _onward(asking: EffectAsking, items: Sequence[AskedQuestion], after: int = 0) -> str:
    """To the next question that is open, after one and then from the first; to all answers when none is."""
    given = own.answers_to(session(), asking)
    is_open = [number for number, asked in enumerate(items, 1) if asked.key not in given]
    following = next((number for number in is_open if number > after), next(iter(is_open), None))
    if following is not None:
        return url_for("client_area.questions.item", asking_id=asking.id, number=following)
    return url_for("client_area.questions.check", asking_id=asking.id)


def _rows(client: Client, asking: EffectAsking) -> list[dict[str, str | None]]:
    """The questions with what was answered, and where an answer can be changed while they wait."""
    language, given = current_language(), own.answers_to(session(), asking)
    waits = asking.state in ASKING.waiting
    return [
        {
            "label": asked.item.text[language],
            "value": _said(asked, given),
            "href": url_for("client_area.questions.item", asking_id=asking.id, number=number)
            if waits
            else None,
        }
        for number, asked in enumerate(items_of(session(), client.organisation_key, asking.wave), 1)
    ]


def _said(asked: AskedQuestion, given: Mapping[tuple[str, str], int | None]) -> str:
    if asked.key not in given:
        return _("You have not answered this question")
    names = dict(point_names(asked.instrument.scale))
    return names.get(str(given[asked.key]), _("You skipped this question"))


def _sets(items: Sequence[AskedQuestion]) -> list[Any]:
    return list({asked.instrument.key: asked.instrument for asked in items}.values())
