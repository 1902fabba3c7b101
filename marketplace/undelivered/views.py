"""The office's page of mail that no server took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask.typing import ResponseReturnValue

from marketplace.approvals.today import Matter
from marketplace.errors import NotAllowed
from marketplace.i18n import _, ngettext
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.undelivered import queries, service
from marketplace.undelivered.labels import KINDS, OBSTACLES
from marketplace.web.forms import PlainForm
from marketplace.web.frame import current_actor, feature_blueprint, render, requires, session, work
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("undelivered", __name__, "/office/undelivered")


@blueprint.get("")
@requires(Permission.SEND_MAIL_AGAIN)
def index() -> ResponseReturnValue:
    """The organisation's mail that was given up: to whom, about what, since when and why."""
    return _page()


@blueprint.post("/<int:message_id>/again")
@requires(Permission.SEND_MAIL_AGAIN)
def again(message_id: int) -> ResponseReturnValue:
    """Send one message again."""
    return carry_out(
        PlainForm.from_request(),
        lambda: service.send_again(work(), message_id),
        done=lambda _message: lead_on(url_for("undelivered.index"), _("The message is being sent again.")),
        show=_page,
        moved_on=url_for("undelivered.index"),
    )


@blueprint.post("/again")
@requires(Permission.SEND_MAIL_AGAIN)
def all_again() -> ResponseReturnValue:
    """Send everything again."""
    return carry_out(
        PlainForm.from_request(),
        lambda: service.send_all_again(work()),
        done=lambda sent: lead_on(
            url_for("undelivered.index"),
            ngettext("%(num)d message is being sent again.", "%(num)d messages are being sent again.", sent),
        ),
        show=_page,
    )


def _page() -> ResponseReturnValue:
    actor = current_actor()
    if actor.organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    show_own_organisation()
    page = queries.given_up(
        session(),
        actor.organisation,
        asked_page(),
        sees_clients=actor.may(Permission.VIEW_CLIENTS, organisation=actor.organisation),
    )
    return render(
        "undelivered/index.html", page=page, kinds=KINDS, obstacles=OBSTACLES, page_url=page_links()
    )


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """How many messages were given up, for the office's first page."""
    if actor.organisation is not None and actor.may(Permission.SEND_MAIL_AGAIN):
        yield Matter(
            _("E-mails that did not arrive"),
            session().scalar(sa.select(queries.count(actor.organisation))) or 0,
            url_for("undelivered.index"),
            "danger",
        )


def waiting_here(organisation: str) -> Mapping[str, sa.ScalarSelect[Any]]:
    """How many messages were given up, for the bar of every page."""
    return {"undelivered.index": queries.count(organisation)}
