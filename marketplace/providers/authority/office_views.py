"""The office's page of a company's right to act: its own word, the letter, and handing the company over."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.fresh import fresh
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.models import Organisation
from marketplace.providers.authority import queries, service
from marketplace.providers.authority.forms import (
    ApproveForm,
    AuthorityLetterForm,
    HandOverForm,
    RevokeForm,
)
from marketplace.providers.authority.labels import SHOWN_BY
from marketplace.providers.authority.letter import code_letter
from marketplace.providers.company.labels import ROLES
from marketplace.providers.company.queries import grants_of
from marketplace.providers.company.register import RegisteredAddress, RegisterUnreachable, company_register
from marketplace.providers.models import Provider
from marketplace.web.frame import feature_blueprint, now, render, requires, session, settings, work
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("company_rights", __name__, "/office/companies/<int:provider_id>/right")
blueprint.before_request(show_own_organisation)


@blueprint.get("")
@requires(Permission.INVITE_PROVIDERS)
def index(provider_id: int) -> ResponseReturnValue:
    """Who acts for the company, what shows that they may, and what the office can do."""
    return _page(provider_id)


@blueprint.post("/approve")
@requires(Permission.INVITE_PROVIDERS)
def approve(provider_id: int) -> ResponseReturnValue:
    """The office says that the people of the company may act for it."""
    form = ApproveForm.from_request()
    return carry_out(
        form,
        lambda: service.approve(work(), provider_id=provider_id, reason=form.reason.data or ""),
        done=lambda _right: lead_on(
            _address(provider_id), _("The right to act for the company has been shown.")
        ),
        show=lambda: _page(provider_id, approve=form),
    )


@blueprint.post("/revoke")
@requires(Permission.INVITE_PROVIDERS)
def revoke(provider_id: int) -> ResponseReturnValue:
    """Take back what was shown, whatever it was shown by."""
    form = RevokeForm.from_request()
    return carry_out(
        form,
        lambda: service.revoke(work(), provider_id=provider_id, reason=form.reason.data or ""),
        done=lambda _right: lead_on(
            _address(provider_id), _("The confirmation has been taken back. The company has been told.")
        ),
        show=lambda: _page(provider_id, revoke=form),
    )


@blueprint.post("/letter")
@requires(Permission.INVITE_PROVIDERS, once=False)
def letter(provider_id: int) -> ResponseReturnValue:
    """A letter with a new code, to be printed and posted; the code is in nothing else."""
    form = AuthorityLetterForm.from_request()
    return carry_out(
        form,
        lambda: service.send_letter(work(), provider_id=provider_id),
        done=lambda code: _letter(provider_id, form, code),
        show=lambda: _page(provider_id, letter=form),
    )


def _letter(provider_id: int, form: AuthorityLetterForm, code: str) -> Response:
    actor = work().actor
    content = code_letter(
        session().get_one(Provider, provider_id),
        session().get_one(Organisation, actor.organisation),
        code,
        street=form.street.data or "",
        postal_code=form.postal_code.data or "",
        city=form.city.data or "",
        sender=actor.name,
        language=form.letter_language.data,
        portal=settings().public_url,
        now=now(),
    )
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="letter.pdf"', "Cache-Control": "no-store"},
    )


@blueprint.post("/hand-over")
@requires(Permission.INVITE_PROVIDERS)
@fresh
def hand_over(provider_id: int) -> ResponseReturnValue:
    """Give the company to its rightful people."""
    form = HandOverForm.from_request()
    return carry_out(
        form,
        lambda: service.hand_over(
            work(),
            provider_id=provider_id,
            email=form.email.data,
            language=form.language.data,
            reason=form.why.data or "",
        ),
        done=lambda _right: lead_on(
            _address(provider_id),
            _(
                "The company has been handed over. An invitation is on its way to %(email)s.",
                email=form.email.data,
            ),
        ),
        show=lambda: _page(provider_id, hand_over=form),
    )


def _address(provider_id: int) -> str:
    return url_for("company_rights.index", provider_id=provider_id)


def _page(provider_id: int, **sent: Any) -> ResponseReturnValue:
    """The page, with the form that was sent as it was."""
    provider = queries.office_company(work(), provider_id)
    language = current_language()
    address = _registered(provider) if not sent else RegisteredAddress()
    forms = {
        "approve": ApproveForm(formdata=None),
        "letter": AuthorityLetterForm(
            formdata=None,
            street=address.street,
            postal_code=address.postal_code,
            city=address.city,
            letter_language=language,
        ),
        "hand_over": HandOverForm(formdata=None, language=language),
        "revoke": RevokeForm(formdata=None),
    }
    return render(
        "providers/authority/company.html",
        provider=provider,
        right=queries.right_of(session(), provider_id),
        grants=grants_of(session(), provider_id),
        roles=ROLES,
        shown_by=SHOWN_BY,
        forms=forms | sent,
        form=next(iter(sent.values()), forms["approve"]),
        now=now(),
    )


def _registered(provider: Provider) -> RegisteredAddress:
    """The address that the public register has; empty when there is no register or it does not answer."""
    register = company_register(settings())
    try:
        found = register.look_up(provider.business_id) if register is not None else None
    except RegisterUnreachable:
        found = None
    if found is None:
        return RegisteredAddress()
    return found.postal if found.postal.street else found.address
