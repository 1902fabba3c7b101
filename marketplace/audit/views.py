"""The auditor's page: what happened in the organisation's matters, who did it and what it changed."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.audit import fields, labels, queries
from marketplace.audit.forms import AuditForm
from marketplace.errors import NotAllowed
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, feature_blueprint, render, requires, session
from marketplace.web.page_links import asked_page, page_links

blueprint = feature_blueprint("audit", __name__, "/office/audit")
_FILTERS = ("who", "action", "subject", "first", "last")


@blueprint.get("")
@requires(Permission.VIEW_AUDIT, may_lag=True)
def events() -> ResponseReturnValue:
    """The events of the auditor's own organisation, the newest first; the filters are in the address."""
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_("Your account does not belong to an organisation."))
    form: Any = AuditForm(formdata=MultiDict(request.args.items(multi=True)))
    known = queries.actions(session(), organisation)
    named = sorted(((key, labels.action_name(key)) for key in known), key=lambda pair: pair[1].casefold())
    form.action.choices = options([("", _("Anything")), *named])
    chosen = {name: form[name].data for name in _FILTERS if form[name].validate(form) and form[name].data}
    kind, identity = labels.subject_asked(chosen.pop("subject", ""))
    wanted = queries.TrailFilter(**chosen, subject_type=kind, subject_id=identity, page=asked_page())
    page = queries.events(session(), organisation, wanted)
    return render(
        "audit/events.html",
        form=form,
        page=page,
        rows=[(event, fields.changes(event)) for event in page.rows],
        labels=labels,
        page_url=page_links({name: request.args.get(name) for name in _FILTERS}),
    )
