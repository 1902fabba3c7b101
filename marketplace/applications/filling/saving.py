"""Saving a page of an application without overwriting what somebody else has saved there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect
from flask.typing import ResponseReturnValue

from marketplace.applications.filling import service as verbs
from marketplace.applications.filling.forms import PageForm
from marketplace.applications.rules import fingerprint
from marketplace.errors import Conflict, DomainError
from marketplace.i18n import _
from marketplace.web.frame import notify


def save_or_show(
    form: PageForm,
    *,
    save: Callable[[], None],
    onward: Callable[[], str],
    show: Callable[[int, Any], ResponseReturnValue],
) -> ResponseReturnValue:
    """Save what was sent and go `onward`; otherwise show the page.

    `save` is called only with a valid form. `show` gets the status and what somebody else has saved meanwhile (None
    when nobody has). What the person typed stays in the form; the next sending overwrites, because the person has then
    seen both.
    """
    saved, overtaken = _try(form, save) if form.validate_on_submit() else (False, None)
    return redirect(onward()) if saved else show(_status(form, overtaken), overtaken)


def _try(form: PageForm, save: Callable[[], None]) -> tuple[bool, Any]:
    try:
        save()
    except verbs.Overtaken as overtaken:
        form.seen.data = fingerprint(overtaken.saved)
        return False, overtaken.saved
    except DomainError as error:
        form.refuse(error)
        return False, None
    notify(_("Saved."))
    return True, None


def _status(form: PageForm, overtaken: object) -> int:
    """409 when somebody else was first, 422 when the page is refused."""
    if overtaken is not None:
        return Conflict.status
    return 422 if form.is_submitted() else 200
