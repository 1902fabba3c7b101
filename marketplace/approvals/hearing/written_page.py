"""The page on which the office writes down an answer that came by letter or mail, whatever it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.approvals.hearing.forms import WrittenAnswerForm
from marketplace.approvals.hearing.service import WrittenAnswer, came_refusals
from marketplace.i18n import _, helsinki_date
from marketplace.web.frame import now, render
from marketplace.web.posting import carry_out, lead_on


def written_answer_page(
    write: Callable[[WrittenAnswer], object], *, provider: str, asked_on: date, back: str
) -> ResponseReturnValue:
    """Ask for the answer of `provider`, which was asked for on a day, its own day and the letter, hand them to `write`,
    and lead on to `back`.
    """
    form: Any = WrittenAnswerForm.from_request()
    return carry_out(
        form,
        lambda: write(WrittenAnswer(form.answer.data or "", form.came_on.data, form.letter.data)),
        done=lambda _written: lead_on(back, _("The answer has been written down.")),
        show=lambda: render("approvals/written_answer.html", form=form, name=provider, back=back),
        faults=lambda: came_refusals(form.came_on.data, asked_on, helsinki_date(now())),
        moved_on=back,
    )
