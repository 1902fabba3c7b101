"""A provider's pages of the questions to it, which `wiring/pages.py` puts into the provider's area."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.approvals.today import Matter
from marketplace.enquiries import queries, service
from marketplace.enquiries.forms import AnswerForm
from marketplace.enquiries.models import Enquiry
from marketplace.enquiries.rules import KEPT, AnswerBy
from marketplace.i18n import _, ngettext
from marketplace.offers.queries import title_on
from marketplace.permissions import Actor, Permission
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import my_provider
from marketplace.providers.todo import Task, TaskKind
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("questions", __name__, url_prefix="/<int:provider_id>/questions")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The questions to the company, those that wait first."""
    provider = my_provider(work(), provider_id)
    return render(
        "enquiries/index.html",
        provider=provider,
        enquiries=queries.of_provider(session(), provider_id),
        title_of=lambda each: title_on(each.offer, work().today),
        kept_days=KEPT.days,
    )


@blueprint.route("/<int:enquiry_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def enquiry(provider_id: int, enquiry_id: int) -> ResponseReturnValue:
    """One question, and answering it."""
    shown = queries.my_enquiry(work(), provider_id, enquiry_id)
    form = AnswerForm.from_request()
    address = url_for("providers.questions.enquiry", provider_id=provider_id, enquiry_id=enquiry_id)
    return carry_out(
        form,
        lambda: service.answer(work(), provider_id, enquiry_id, form.text.data or ""),
        done=_answered,
        show=lambda: render(
            "enquiries/enquiry.html",
            provider=my_provider(work(), provider_id),
            enquiry=shown,
            title=title_on(shown.offer, work().today),
            form=form,
            kept_days=KEPT.days,
        ),
        moved_on=address,
    )


def _answered(answered: Enquiry) -> ResponseReturnValue:
    told = {
        AnswerBy.EMAIL: _("The answer has been sent."),
        AnswerBy.PHONE: _("The question is marked as answered."),
    }
    address = url_for("providers.questions.index", provider_id=answered.provider_id)
    return lead_on(address, told[answered.answer_by])


def questions_link(provider: Provider) -> tuple[str, str]:
    """The questions among the pages of the provider's area."""
    return _("Questions"), url_for("providers.questions.index", provider_id=provider.id)


def question_tasks(session: Session, provider: Provider, _today: date, _now: datetime) -> Iterator[Task]:
    """Questions that wait for an answer."""
    waiting = queries.waiting_count(session, provider.id)
    if waiting:
        yield Task(
            kind=TaskKind.QUESTION,
            title=_("Answer the questions of clients"),
            href=url_for("providers.questions.index", provider_id=provider.id),
            status=ngettext("%(num)d question waits", "%(num)d questions wait", waiting),
            tone="warning",
        )


def questions_of_company(approvals: list[ServiceApproval]) -> Markup:
    """How many questions of clients a company has had under its approvals, for its page in the office."""
    if not approvals:
        return Markup()
    asked, waiting = queries.counted_of(
        session(), approvals[0].provider_id, {approval.pilot_key for approval in approvals}
    )
    html = render_template("enquiries/_of_company.html", asked=asked, waiting=waiting, days=KEPT.days)
    return Markup(html)  # noqa: S704 - the template escapes


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """How many questions wait too long, for the office's first page."""
    if actor.organisation is not None:
        yield Matter(
            _("Questions of clients that have waited over a week"),
            sum(each.late for each in queries.counted(session(), actor.organisation, now())),
            url_for("enquiries.office"),
            "warning",
        )
