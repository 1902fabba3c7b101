"""Registering a company, its facts, and how its services are taxed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from marketplace.accounts.browser import open_session
from marketplace.accounts.fresh import demand_proof
from marketplace.accounts.models import User
from marketplace.accounts.passwords.rules import check_password
from marketplace.accounts.service import new_password_hash
from marketplace.errors import DomainError, Fault, Invalid, faults_of
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.providers import queries
from marketplace.providers.blueprint import blueprint
from marketplace.providers.company import account, people, service
from marketplace.providers.company.forms import CompanyForm, CompanyPart, CompanyRegistrationForm, vat_form
from marketplace.providers.company.queries import asks_einvoice_address, waiting_change
from marketplace.providers.company.register import RegisteredCompany, RegisterUnreachable, company_register
from marketplace.providers.forms import tell_overtaken
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.providers.labels import LEGAL_FORMS
from marketplace.providers.models import Provider
from marketplace.providers.service import Overtaken
from marketplace.web.addresses import safe_next
from marketplace.web.frame import (
    current_actor,
    notify,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.link_keys import LinkKey
from marketplace.web.posting import carry_out, lead_on

_KEY: Final = LinkKey("registration_key")


@blueprint.route("/register", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def register() -> ResponseReturnValue:
    """Account and company on one page; somebody who has signed in gives the company only.

    A newcomer's address is confirmed first: nothing exists until the link that goes to it has been followed.

    An invitation's link brings the facts it knows in the address, and where to go on afterwards in `next`. A business
    ID that is here already asks the company's admins for access instead.
    """
    facts = ("business_id", "official_name", "email")
    known: dict[str, Any] = {name: request.args[name] for name in facts if name in request.args}
    kind = CompanyPart if current_user.is_authenticated else CompanyRegistrationForm
    form = kind.from_request(**known)
    if request.form.get("look_up"):
        return _look_up(form)
    return carry_out(
        form,
        lambda: _register(form) if current_user.is_authenticated else _ask_to_register(form),
        done=lambda answer: answer,
        show=lambda: _registration_page(form),
        faults=lambda: () if current_user.is_authenticated else _password_faults(form),
    )


def _password_faults(form: Any) -> Iterator[Fault]:
    """What is wrong with a newcomer's password, told together with the rest of the page."""
    return faults_of(lambda: check_password(form.password.data or "", about=_about(form)))


def _about(form: Any) -> tuple[str, ...]:
    """What a newcomer's password must not be made of."""
    return tuple(form[name].data or "" for name in ("email", "name", "official_name"))


def _registration_page(form: CompanyPart, status: int = 200) -> ResponseReturnValue:
    return render(
        "providers/register.html",
        status=status,
        form=form,
        can_look_up=company_register(settings()) is not None,
    )


def _look_up(form: CompanyPart) -> ResponseReturnValue:
    """The page filled from the register; what cannot be found is said at the business ID and typed by the person."""
    try:
        form.take(_registered(form.business_id.data or ""))
    except (Invalid, RegisterUnreachable) as error:
        form.refuse(error)
    return _registration_page(form, 422 if form.errors else 200)


def _registered(business_id: str) -> RegisteredCompany:
    """What the register says of a living company. Raises Invalid or RegisterUnreachable, for the business ID."""
    register, number = company_register(settings()), normal_business_id(business_id)
    found = None if register is None else register.look_up(number)
    if found is None:
        message = _(
            "The register has no company with this business ID. Check it, or write the facts yourself."
        )
        raise Invalid(message, field="business_id")
    if found.ended:
        message = _("According to the register this company has ceased to exist. Check the business ID.")
        raise Invalid(message, field="business_id")
    return found


def _ask_to_register(form: Any) -> ResponseReturnValue:
    """A newcomer's registration waits for the address to be confirmed; the answer is the same for every address."""
    account = service.NewAccount(
        email=form.email.data,
        name=form.name.data,
        password_hash=new_password_hash(form.password.data, about=_about(form)),
        language=current_language(),
    )
    onward = safe_next(request.args.get("next"))
    service.ask_to_register(session(), account=account, company=_company(form), onward=onward, now=now())
    return render("providers/registration_sent.html", email=form.email.data)


@blueprint.route("/register/confirm", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def confirm_registration() -> ResponseReturnValue:
    """The page behind the link that confirms a newcomer's address: one press, and the company is on the portal.

    The link's key goes from the address into the browser's own cookie, as with a new password.
    """
    if (given := _KEY.given()) is not None:
        return _KEY.keep(given, onward=url_for("providers.confirm_registration"))
    key = _KEY.held()
    waiting = service.registration_of(session(), key, now())
    if request.method == "POST":
        user, provider = service.confirm_registration(work(), key)
        if provider is None:
            target = _ask_access(user, waiting.company.business_id)
        else:
            target = waiting.onward or _welcome(provider)
        open_session(user, how="registration")
        return _KEY.forget(redirect(target))
    return render("providers/registration_confirm.html", waiting=waiting, legal_forms=LEGAL_FORMS)


def _register(form: Any) -> ResponseReturnValue:
    """Register a company of the person who is signed in, or ask for access, and go on."""
    company, user = _company(form), session().get_one(User, current_actor().user_id)
    try:
        provider = service.register(work(), user=user, company=company)
    except service.AlreadyHere:
        return redirect(_ask_access(user, company.business_id))
    open_session(user, how="role")
    return redirect(safe_next(request.args.get("next")) or _welcome(provider))


def _company(form: Any) -> service.NewCompany:
    return service.NewCompany(
        **{name: form[name].data or "" for name in service.NewCompany.__dataclass_fields__}
    )


def _ask_access(user: User, business_id: str) -> str:
    people.ask_access(work(), user=user, business_id=business_id)
    notify(
        _(
            "The company is on the portal already. We have asked its admins to give you access, or the office "
            "if it has none. The answer comes to you by e-mail."
        ),
        "info",
    )
    return url_for("providers.home")


def _welcome(provider: Provider) -> str:
    notify(_("Welcome. %(name)s is now on Palvelutori.", name=provider.name))
    return url_for("providers.overview", provider_id=provider.id)


@blueprint.route("/<int:provider_id>/company", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def company(provider_id: int) -> ResponseReturnValue:
    """The company's facts; `next` in the address is where to go on: the application that asked for them."""
    provider = queries.my_provider(work(), provider_id)
    form, others = CompanyForm.from_request(obj=provider), list[tuple[str, str]]()
    back = safe_next(request.args.get("next")) or url_for("providers.overview", provider_id=provider_id)
    return carry_out(
        form,
        lambda: _save_company(form, provider),
        done=lambda _saved: _company_saved(provider, back),
        show=lambda: render(
            "providers/company/facts.html",
            form=form,
            provider=provider,
            back=back,
            opened=_opened,
            others=others,
            change=waiting_change(session(), provider_id),
            manages=current_actor().may(Permission.MANAGE_PROVIDER, provider=provider_id),
            asks_einvoice=bool(provider.einvoice_address) or asks_einvoice_address(session(), provider_id),
        ),
        faults=lambda: service.company_faults(service.CompanyFacts(**form.facts), provider),
        refuse=lambda error: others.extend(
            tell_overtaken(form, error, CompanyForm(formdata=None, obj=provider))
        ),
    )


def _save_company(form: CompanyForm, provider: Provider) -> None:
    """Save the facts; a new account number asks first for a proof of who one is."""
    if normal_iban(form.iban.data or "") != provider.iban:
        demand_proof()
    service.update_company(
        work(),
        provider_id=provider.id,
        seen=form.revision.data,
        facts=service.CompanyFacts(**form.facts),
    )


def _opened(*fields: Field) -> bool:
    """Whether a folded part of the page is open: it holds something, or something in it is wrong."""
    return any(field.data or field.errors for field in fields)


def _company_saved(provider: Provider, back: str) -> ResponseReturnValue:
    notify(_("The facts of the company have been saved."))
    change = waiting_change(session(), provider.id)
    if change is not None:
        notify(
            _(
                "The new account number ending %(ending)s waits until the office has confirmed it. "
                "Until then the old one is in use.",
                ending=change.iban[-4:],
            ),
            "info",
        )
    return redirect(back)


@blueprint.post("/<int:provider_id>/company/account/take-back")
@requires(Permission.MANAGE_PROVIDER)
def take_back_account(provider_id: int) -> ResponseReturnValue:
    """Drop the new account number that waits."""
    account.take_back(work(), provider_id=provider_id)
    return _to_company(provider_id, _("The new account number has been dropped. The old one stays in use."))


def _to_company(provider_id: int, message: str) -> ResponseReturnValue:
    return lead_on(url_for("providers.company", provider_id=provider_id), message)


@blueprint.route("/<int:provider_id>/company/vat", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def vat(provider_id: int) -> ResponseReturnValue:
    """How each of the company's services is taxed."""
    provider = queries.my_provider(work(), provider_id)
    form = vat_form(provider.revision, provider.vat)

    def refuse(error: DomainError) -> None:
        form.refuse(error)
        if isinstance(error, Overtaken):
            form.revision.data = str(provider.revision)

    return carry_out(
        form,
        lambda: service.save_vat(work(), provider_id=provider_id, seen=form.revision.data, codes=form.codes),
        done=lambda _saved: _to_company(provider_id, _("The VAT of your services has been saved.")),
        show=lambda: render("providers/company/vat.html", form=form, provider=provider),
        refuse=refuse,
    )
