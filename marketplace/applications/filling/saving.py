"""Saving a page of an application without overwriting what somebody else has saved there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.applications.filling import service as verbs
from marketplace.applications.filling.forms import PageForm
from marketplace.applications.rules import fingerprint
from marketplace.errors import DomainError
from marketplace.i18n import _
from marketplace.web.posting import carry_out, lead_on


def save_or_show(
    form: PageForm,
    *,
    save: Callable[[], None],
    onward: Callable[[], str],
    show: Callable[[Any], ResponseReturnValue],
) -> ResponseReturnValue:
    """Save what was sent and go `onward`; otherwise show the page.

    `show` gets what somebody else has saved meanwhile, None when nobody has. What the person typed stays in the form;
    the next sending overwrites, because the person has then seen both.
    """
    theirs: list[Any] = [None]

    def refuse(error: DomainError) -> None:
        if isinstance(error, verbs.SectionOvertaken):
            form.seen.data, theirs[0] = fingerprint(error.saved), error.saved
        else:
            form.refuse(error)

    return carry_out(
        form,
        save,
        done=lambda _saved: lead_on(onward(), _("Saved.")),
        show=lambda: show(theirs[0]),
        refuse=refuse,
    )
