"""The page of saved services, and saving them. The cookie is all there is: nobody else knows of it."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from marketplace.i18n import current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.search import documents, offer_cards
from marketplace.search.offer_comparison.rules import MOST_LISTED, MOST_OFFERS, read_ids
from marketplace.search.saved_services.rules import LASTS, SavedAction, changed
from marketplace.web.addresses import safe_next
from marketplace.web.forms import chosen
from marketplace.web.frame import (
    cookie_name,
    drop_cookie,
    feature_blueprint,
    keep_cookie,
    now,
    render,
    requires,
    session,
    settings,
)

blueprint = feature_blueprint("saved", __name__, "/saved")

COOKIE: Final = "saved"


def saved_ids() -> tuple[int, ...]:
    """The services that this browser has saved; none when the cookie is missing or not ours."""
    try:
        kept = _signer().loads(request.cookies.get(cookie_name(COOKIE), ""))
    except BadData:
        return ()
    return tuple(each for each in kept if isinstance(each, int)) if isinstance(kept, list) else ()


@blueprint.get("")
@requires(Permission.PUBLIC)
def services() -> ResponseReturnValue:
    """The saved services that are still offered, the newest first."""
    day, ids = helsinki_date(now()), saved_ids()
    faces = {face.row.offer.id: face for face in documents.faces(session(), ids, day)}
    cards = [
        offer_cards.card(documents.public_offer(faces[each]), language=current_language(), band=None, day=day)
        for each in reversed(ids)
        if each in faces
    ]
    answer = render(
        "search/saved.html",
        cards=cards,
        gone=len(ids) - len(cards),
        most_compared=MOST_OFFERS,
        most_listed=MOST_LISTED,
        lasts=LASTS.days,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("")
@requires(Permission.PUBLIC, by_form=False)
def change() -> ResponseReturnValue:
    """Save services, remove them, or forget them all.

    The form carries no token, so that the pages it stands on can be kept by browsers: it changes nothing but the
    visitor's own cookie, and forms of other sites are refused like all others.
    """
    action = chosen(SavedAction, request.form.get("action"))
    ids = changed(saved_ids(), action, read_ids(request.form.getlist("offer")))
    response: Response = redirect(safe_next(request.form.get("next")) or url_for("saved.services"), 303)
    if ids:
        keep_cookie(response, COOKIE, _signer().dumps(list(ids)), lasts=LASTS)
    else:
        drop_cookie(response, COOKIE)
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().signing_keys, salt="saved services")
