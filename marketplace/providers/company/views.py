"""Registering a company, its facts, and how its services are taxed."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from marketplace.accounts.browser import open_session
from marketplace.accounts.fresh import demand_proof
from marketplace.accounts.models import User
from marketplace.accounts.service import new_password_hash
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _, current_language
from marketplace.permissions import Permission
from marketplace.providers import queries
from marketplace.providers.blueprint import blueprint
from marketplace.providers.company import account, people, service
from marketplace.providers.company.forms import CompanyForm, CompanyPart, RegistrationForm, vat_form
from marketplace.providers.company.queries import waiting_change
from marketplace.providers.company.register import RegisterUnreachable, company_register
from marketplace.providers.forms import differences
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.providers.labels import LEGAL_FORMS
from marketplace.providers.models import Provider
from marketplace.providers.service import Overtaken
from marketplace.web.frame import (
    current_actor,
    notify,
    now,
    render,
    requires,
    safe_next,
    session,
    settings,
    work,
)

_KEY: Final = "registration_key"


@blueprint.route("/register", methods=["GET", "POST"])
@requires(Permission.PUBLIC, once=False)
def register() -> ResponseReturnValue:
    """Account and company on one page; somebody who has signed in gives the company only.

    A newcomer's address is confirmed first: nothing exists until the link that goes to it has been followed.

    An invitation's link brings the facts it knows in the address, and where to go on afterwards in `next`. A business
    ID that is here already asks the company's admins for access instead.
    """
    facts = ("business_id", "official_name", "email")
    known = {name: request.args[name] for name in facts if name in request.args}
    kind = CompanyPart if current_user.is_authenticated else RegistrationForm
    form = kind.from_request(**known)
    if request.form.get("look_up"):
        _look_up(form)
        return _registration_page(form, 422 if form.errors else 200)
    if form.validate_on_submit():
        try:
            return redirect(_register(form)) if current_user.is_authenticated else _ask_to_register(form)
        except (Conflict, Invalid) as error:
            form.refuse(error)
    return _registration_page(form, 422 if form.is_submitted() else 200)


def _registration_page(form: CompanyPart, status: int) -> ResponseReturnValue:
    return render(
        "providers/register.html",
        status=status,
        form=form,
        can_look_up=company_register(settings()) is not None,
    )


def _look_up(form: CompanyPart) -> None:
    """Fill the form from the register; what cannot be found is said at the business ID and typed by the person."""
    register = company_register(settings())
    try:
        business_id = normal_business_id(form.business_id.data or "")
        found = None if register is None else register.look_up(business_id)
    except (Invalid, RegisterUnreachable) as error:
        form.refuse(error)
        return
    if found is None:
        message = _(
            "The register has no company with this business ID. Check it, or write the facts yourself."
        )
        form.refuse(Invalid(message, field="business_id"))
    elif found.ended:
        message = _("According to the register this company has ceased to exist. Check the business ID.")
        form.refuse(Invalid(message, field="business_id"))
    else:
        form.take(found)


def _ask_to_register(form: Any) -> ResponseReturnValue:
    """A newcomer's registration waits for the address to be confirmed; the answer is the same for every address."""
    about = (form.email.data, form.name.data, form.official_name.data)
    account = service.Account(
        email=form.email.data,
        name=form.name.data,
        password_hash=new_password_hash(form.password.data, about=about),
        language=current_language(),
    )
    onward = safe_next(request.args.get("next"))
    service.ask_to_register(session(), account=account, company=_company(form), onward=onward, now=now())
    return render("providers/registration_sent.html", email=form.email.data)


@blueprint.route("/register/confirm", methods=["GET", "POST"])
@requires(Permission.PUBLIC, once=False)
def confirm_registration() -> ResponseReturnValue:
    """The page behind the link that confirms a newcomer's address: one press, and the company is on the portal.

    The link's key goes from the address into the browser's own cookie, as with a new password.
    """
    if "key" in request.args:
        cookie[_KEY] = request.args["key"]
        return redirect(url_for("providers.confirm_registration"))
    key = str(cookie.get(_KEY, ""))
    waiting = service.registration_of(session(), key, now())
    if request.method == "POST":
        user, provider = service.confirm_registration(work(), key)
        if provider is None:
            target = _ask_access(user, waiting.company.business_id)
        else:
            target = waiting.onward or _welcome(provider)
        open_session(user, how="registration")
        return redirect(target)
    return render("providers/registration_confirm.html", waiting=waiting, legal_forms=LEGAL_FORMS)


def _register(form: Any) -> str:
    """Register a company of the person who is signed in, or ask for access; the address to go on to."""
    company, user = _company(form), session().get_one(User, current_actor().user_id)
    try:
        provider = service.register(work(), user=user, company=company)
    except service.AlreadyHere:
        return _ask_access(user, company.business_id)
    open_session(user, how="role")
    return safe_next(request.args.get("next")) or _welcome(provider)


def _company(form: Any) -> service.Company:
    return service.Company(**{name: form[name].data or "" for name in service.Company.__dataclass_fields__})


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
    form, status, others = CompanyForm.from_request(obj=provider), 200, []
    back = safe_next(request.args.get("next")) or url_for("providers.overview", provider_id=provider_id)
    if form.validate_on_submit():
        if normal_iban(form.iban.data or "") != provider.iban:
            demand_proof()
        try:
            service.update_company(
                work(),
                provider_id=provider_id,
                seen=form.revision.data,
                facts=service.CompanyFacts(**form.facts),
            )
        except Overtaken as error:
            form.refuse(error)
            others = differences(form, CompanyForm(formdata=None, obj=provider))
            form.revision.data = str(provider.revision)
            status = error.status
        except (Invalid, NotAllowed) as error:
            form.refuse(error)
        else:
            _tell_saved(provider)
            return redirect(back)
    return render(
        "providers/company/facts.html",
        status=422 if form.errors and status == 200 else status,
        form=form,
        provider=provider,
        back=back,
        opened=_opened,
        others=others,
        change=waiting_change(session(), provider_id),
    )


def _opened(*fields: Field) -> bool:
    """Whether a folded part of the page is open: it holds something, or something in it is wrong."""
    return any(field.data or field.errors for field in fields)


def _tell_saved(provider: Provider) -> None:
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


@blueprint.post("/<int:provider_id>/company/account/take-back")
@requires(Permission.MANAGE_PROVIDER)
def take_back_account(provider_id: int) -> ResponseReturnValue:
    """Drop the new account number that waits."""
    account.take_back(work(), provider_id=provider_id)
    notify(_("The new account number has been dropped. The old one stays in use."))
    return redirect(url_for("providers.company", provider_id=provider_id))


@blueprint.route("/<int:provider_id>/company/vat", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def vat(provider_id: int) -> ResponseReturnValue:
    """How each of the company's services is taxed."""
    provider = queries.my_provider(work(), provider_id)
    form, status = vat_form(provider.revision, provider.vat), 200
    if form.validate_on_submit():
        try:
            service.save_vat(work(), provider_id=provider_id, seen=form.revision.data, codes=form.codes)
        except Overtaken as error:
            form.refuse(error)
            form.revision.data, status = str(provider.revision), error.status
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("The VAT of your services has been saved."))
            return redirect(url_for("providers.company", provider_id=provider_id))
    status = 422 if form.errors and status == 200 else status
    return render("providers/company/vat.html", status=status, form=form, provider=provider)
