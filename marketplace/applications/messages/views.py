"""The thread on both sides: the provider's beside its application, the office's beside its review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import queries as approvals
from marketplace.applications.blueprint import blueprint
from marketplace.applications.messages import queries, service
from marketplace.applications.messages.forms import MessageForm
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.queries import kept_definition
from marketplace.text import whole_number
from marketplace.web.frame import SAFE_METHODS, current_actor, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

PROVIDER_THREAD = "/provider/<int:provider_id>/applications/<int:application_id>/messages"
OFFICE_THREAD = "/office/applications/<int:application_id>/messages"


@blueprint.route(PROVIDER_THREAD, methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def messages(provider_id: int, application_id: int) -> ResponseReturnValue:
    """The provider's page of the thread: reading and writing."""
    application = approvals.for_provider(
        work(), provider_id, application_id, lock=request.method not in SAFE_METHODS
    )
    return _thread_page(application, Side.PROVIDER)


@blueprint.route(OFFICE_THREAD, methods=["GET", "POST"])
@requires(Permission.VIEW_APPLICATIONS)
def office_messages(application_id: int) -> ResponseReturnValue:
    """The office's page of the thread; whoever may only look at applications reads it."""
    application = approvals.for_office(work(), application_id, lock=request.method not in SAFE_METHODS)
    return _thread_page(application, Side.OFFICE)


@blueprint.post(f"{PROVIDER_THREAD}/read")
@requires(Permission.EDIT_PROVIDER)
def messages_read(provider_id: int, application_id: int) -> ResponseReturnValue:
    """The provider's person has read what is there."""
    application = approvals.for_provider(work(), provider_id, application_id)
    return _mark_read(application, Side.PROVIDER)


@blueprint.post(f"{OFFICE_THREAD}/read")
@requires(Permission.VIEW_APPLICATIONS)
def office_messages_read(application_id: int) -> ResponseReturnValue:
    """A person of the office has read what is there."""
    return _mark_read(approvals.for_office(work(), application_id), Side.OFFICE)


def _thread_page(application: Application, side: Side) -> ResponseReturnValue:
    show_organisation(application.pilot.organisation)
    form = MessageForm.from_request()
    return carry_out(
        form,
        lambda: service.write(work(), application, form.text.data, side=side),
        done=lambda _message: lead_on(thread_url(application, side), _("The message has been sent.")),
        show=lambda: render(
            "applications/messages.html",
            form=form,
            application=application,
            definition=kept_definition(session(), application.definition_version_id),
            side=side,
            may_write=service.may_write(work(), application, side),
            **thread_context(application, side),
        ),
    )


def _mark_read(application: Application, side: Side) -> ResponseReturnValue:
    user_id, up_to = current_actor().user_id, whole_number(request.form.get("up_to")) or 0
    known = [each.id for each in queries.thread(session(), application) if each.id <= up_to]
    if user_id is not None and known:
        service.mark_read(session(), application, up_to=known[-1], user_id=user_id)
    return redirect(thread_url(application, side))


def thread_url(application: Application, side: Side) -> str:
    """The page of the thread for a side."""
    if side == Side.OFFICE:
        return url_for("applications.office_messages", application_id=application.id)
    return url_for(
        "applications.messages", provider_id=application.provider_id, application_id=application.id
    )


def thread_context(application: Application, side: Side) -> dict[str, Any]:
    """The thread as a page of `side` shows it: messages, which of them are unread, and where one writes."""
    messages = queries.thread(session(), application)
    url = thread_url(application, side)
    return {
        "messages": messages,
        "unread": queries.unread_in(
            session(), application, messages, side=side, user_id=current_actor().user_id
        ),
        "thread_url": url,
        "read_url": f"{url}/read",
    }


def new_messages(applications: Iterable[Application], side: Side) -> dict[int, int]:
    """Application id → unread messages of the person who looks at a list of applications."""
    ids = [each.id for each in applications]
    return queries.unread_counts(session(), ids, side=side, user_id=current_actor().user_id)
