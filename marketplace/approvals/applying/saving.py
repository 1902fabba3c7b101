"""Saving a page of an application without overwriting what somebody else has saved there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.approvals.applying import service as verbs
from marketplace.approvals.applying.forms import PageForm
from marketplace.approvals.rules import fingerprint
from marketplace.errors import Conflict, DomainError
from marketplace.i18n import _
from marketplace.web import notify


def save_page(form: PageForm, save: Callable[[], None]) -> tuple[bool, Any]:
    """Try to save a page: whether it was, and what somebody else has saved there meanwhile.

    What the person typed stays in the form. The next sending overwrites, because the person has seen both.
    """
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


def status_of(form: PageForm, overtaken: object) -> int:
    """The status of a page shown again: 409 when somebody else was first, 422 when it is refused."""
    if overtaken is not None:
        return Conflict.status
    return 422 if form.is_submitted() else 200
