"""To Suomi.fi and back, twice: who somebody is (identification), and for which company they may act (e-Authorizations).

Both journeys belong to the browser and the person that began them: what is needed on the way back is in the browser's
own cookie, where the name of the session at the register is sealed. Who comes back is asked for nothing of another's.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.accounts.browser import open_session
from marketplace.accounts.models import User
from marketplace.accounts.openid import journey
from marketplace.accounts.openid.client import Identity, OpenIdClient, OpenIdFailed
from marketplace.accounts.openid.identification import identification
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.errors import DomainError, NotFound
from marketplace.i18n import LANGUAGES, _
from marketplace.permissions import Permission
from marketplace.providers.authority import queries, service
from marketplace.providers.authority.mandates import (
    ChosenCompany,
    CompanyMandates,
    NoCompanyAnswer,
    VisitOver,
    company_mandates,
)
from marketplace.providers.blueprint import blueprint as providers
from marketplace.providers.company.queries import managed_provider
from marketplace.web.frame import begin_change, current_actor, let_go, now, requires, session, settings, work
from marketplace.web.posting import Elsewhere, lead_on
from marketplace.web.refusals import told

_IDENTIFIED: Final = "company_right"
_CHOSEN: Final = "company_right_at_register"
_PURPOSE: Final = b"palvelutori: sessions at the register of mandates"
_HOLDS: Final = 1800
"""Seconds that somebody may take to choose a company there."""

returning: Final = Blueprint("company_mandates", __name__, url_prefix="/company-right")
"""The two addresses that Suomi.fi is told, without a language."""


def register() -> CompanyMandates:
    """The register of mandates. Raises NotFound where companies are not asked about."""
    found = company_mandates(settings())
    if found is None:
        raise NotFound()
    return found


@providers.get("/<int:provider_id>/right/suomi-fi", endpoint="ask_register")
@requires(Permission.MANAGE_PROVIDER)
def ask(provider_id: int) -> ResponseReturnValue:
    """Leave to be identified, for a company of which one is an admin."""
    register()
    managed_provider(work(), provider_id)
    return _leave(company=provider_id)


@providers.get("/requests/<int:request_id>/suomi-fi", endpoint="ask_register_to_take_over")
@requires(Permission.SIGNED_IN)
def ask_to_take_over(request_id: int) -> ResponseReturnValue:
    """Leave to be identified, for a company of others to which one waits for access."""
    register()
    return _leave(asked=queries.own_request(work(), request_id).id)


def _leave(*, company: int = 0, asked: int = 0) -> ResponseReturnValue:
    return journey.leave(
        _IDENTIFIED,
        _service,
        _address("identified"),
        _not_identified,
        user=work().person_id,
        company=company,
        asked=asked,
    )


@returning.get("/identified")
@requires(Permission.PUBLIC)
def identified() -> ResponseReturnValue:
    """Back from the identification, and on to the register."""
    return journey.come_back(_IDENTIFIED, _service, _address("identified"), _not_identified, _on_to_register)


def _on_to_register(kept: dict[str, Any], identity: Identity) -> ResponseReturnValue:
    _demand_same_person(kept)
    if not identity.code:
        raise _back(
            kept,
            _("The identification tells no Finnish personal identity code, so Suomi.fi cannot be asked."),
        )
    let_go()
    try:
        visit = register().begin(identity.code, asked_by=str(kept["user"]), now=now())
    except NoCompanyAnswer as error:
        current_app.logger.warning(
            "the register of mandates did not begin: is the clock right, are the keys?"
        )
        raise _back(kept, told(error)[0][1]) from error
    state = secrets.token_urlsafe(24)
    cookie[_CHOSEN] = {name: kept[name] for name in ("user", "company", "asked", "language")} | {
        "session": _sealer().seal(visit.session),
        "state": state,
        "until": int(now().timestamp()) + _HOLDS,
    }
    return redirect(
        register().address(
            visit, return_address=_address("chosen"), state=state, language=str(kept["language"])
        )
    )


@returning.get("/chosen")
@requires(Permission.PUBLIC)
def chosen() -> ResponseReturnValue:
    """Back from the register: the companies that were chosen there are asked for, once."""
    kept: dict[str, Any] = cookie.pop(_CHOSEN, {})
    if not kept:
        raise Elsewhere(url_for("providers.home", lang=LANGUAGES[0]), VisitOver().message, "warning")
    g.lang = kept["language"]
    visit = _sealer().open(kept["session"])
    late = kept["until"] < now().timestamp()
    if late or visit is None or not secrets.compare_digest(request.args.get("state", ""), kept["state"]):
        raise _back(kept, VisitOver().message)
    if "code" not in request.args:
        raise _back(kept, _("You chose no company in Suomi.fi e-Authorizations, so nothing has been shown."))
    try:
        found = register().chosen(
            visit,
            request.args["code"],
            return_address=_address("chosen"),
            asked_by=str(kept["user"]),
            now=now(),
        )
        begin_change()
        _demand_same_person(kept)
        return _show(kept, found)
    except NotFound:
        raise
    except DomainError as refusal:
        raise _back(kept, told(refusal)[0][1]) from refusal


def _show(kept: dict[str, Any], found: Sequence[ChosenCompany]) -> ResponseReturnValue:
    shown = _("The right to act for the company has been shown. Thank you.")
    if kept["company"]:
        service.show_by_register(work(), provider_id=kept["company"], found=found)
        return lead_on(_page(kept), shown)
    right = service.take_over(work(), request_id=kept["asked"], found=found)
    open_session(session().get_one(User, kept["user"]), how="role")
    address = url_for("providers.overview", lang=kept["language"], provider_id=right.provider_id)
    return lead_on(address, shown)


def _demand_same_person(kept: dict[str, Any]) -> None:
    """Who comes back is who left. Raises NotFound for anybody else."""
    if not kept["user"] or current_actor().user_id != kept["user"]:
        raise NotFound()


def _page(kept: dict[str, Any]) -> str:
    if kept["company"]:
        return url_for("providers.authority.index", lang=kept["language"], provider_id=kept["company"])
    return url_for("providers.home", lang=kept["language"])


def _back(kept: dict[str, Any], message: object) -> Elsewhere:
    return Elsewhere(_page(kept), message, "warning")


def _sealer() -> Sealer:
    return Sealer([settings().secret_key, *settings().former_secrets], purpose=_PURPOSE)


def _service() -> OpenIdClient:
    return identification()[0]


def _address(name: str) -> str:
    return f"{settings().public_url}{url_for(f'company_mandates.{name}')}"


def _not_identified(error: OpenIdFailed, language: str) -> ResponseReturnValue:
    current_app.logger.warning("the identification of somebody of a company failed: %s", error.why)
    return lead_on(
        url_for("providers.home", lang=language),
        _("The identification did not succeed. Try again, or ask the organisation for a letter with a code."),
        "warning",
    )
