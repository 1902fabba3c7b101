"""The page of one's own sessions: where one is signed in, and ending that."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.accounts.blueprint import blueprint
from marketplace.accounts.browser import forget_session
from marketplace.accounts.models import User
from marketplace.accounts.service import sign_out, sign_out_everywhere
from marketplace.accounts.sessions.queries import living_sessions
from marketplace.accounts.sessions.rules import ABSOLUTE, End, idle_time
from marketplace.errors import NotFound
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import lead_on


@blueprint.get("/sessions")
@requires(Permission.SIGNED_IN)
def sessions() -> ResponseReturnValue:
    """Where the person is signed in now."""
    user = session().get_one(User, current_actor().user_id)
    return render(
        "accounts/sessions.html",
        held=living_sessions(session(), user, now()),
        this_session=current_user.session_id,
        idle=int(idle_time(current_actor().roles).total_seconds()) // 60,
        longest=int(ABSOLUTE.total_seconds()) // 3600,
    )


@blueprint.post("/sessions/<int:session_id>/end")
@requires(Permission.SIGNED_IN)
def end_one(session_id: int) -> ResponseReturnValue:
    """Sign out one other browser."""
    user = session().get_one(User, current_actor().user_id)
    if not sign_out(work(), user, session_id, reason=End.ELSEWHERE):
        raise NotFound()
    return lead_on(url_for("accounts.sessions"), _("That browser has been signed out."))


@blueprint.post("/sessions/end")
@requires(Permission.SIGNED_IN)
def end_all() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    user = session().get_one(User, current_actor().user_id)
    sign_out_everywhere(work(), user)
    forget_session()
    return lead_on(url_for("accounts.sign_in"), _("You have been signed out on all devices."))
