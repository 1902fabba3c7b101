"""The forms about people near to a client: proposing one, deciding, a last day."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectField
from wtforms.validators import Length, ValidationError

from marketplace.accounts.forms import plain_name
from marketplace.clients.forms import no_identity_code
from marketplace.days import AGREED
from marketplace.decisions.rules import MAX_TEXT
from marketplace.errors import Invalid
from marketplace.i18n import _, _l
from marketplace.money import Money
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.identifiers import normal_iban
from marketplace.vouchers.own_people.labels import paid_for_text, price_text
from marketplace.vouchers.own_people.rules import MOST_NAME, MOST_RELATION, OwnPersonFacts
from marketplace.web.forms import (
    BaseForm,
    ChoicesField,
    DateField,
    EmailField,
    MoneyField,
    Optional,
    PhoneField,
    PostalCodeField,
    Prose,
    StrippedString,
    options,
    required,
)


def _valid_iban(_form: object, field: StrippedString) -> None:
    try:
        normal_iban(field.data or "")
    except Invalid as error:
        raise ValidationError(str(error)) from error


def _account() -> StrippedString:
    return StrippedString(
        _l("Account number (IBAN)"), validators=[required(_l("Write the account number.")), _valid_iban]
    )


class OwnPersonForm(BaseForm):
    """A person near to the client who would be paid."""

    name = StrippedString(
        _l("Name of the person"),
        validators=[required(_l("Write the name.")), Length(max=MOST_NAME), no_identity_code, plain_name],
    )
    relation = StrippedString(
        _l("Who the person is to the client"),
        validators=[
            required(_l("Write who the person is to the client.")),
            Length(max=MOST_RELATION),
            no_identity_code,
        ],
    )
    what = SelectField(_l("What the person is paid for"), validators=[required(_l("Choose what for."))])
    price = MoneyField(_l("Agreed price"), validators=[required(_l("Write the price that you have agreed."))])
    phone = PhoneField(_l("Telephone"), validators=[required(_l("Write the telephone number."))])
    email = EmailField(_l("E-mail"), validators=[Optional()])
    street = StrippedString(
        _l("Street address"), validators=[Optional(), Length(max=MOST_NAME), no_identity_code]
    )
    postal_code = PostalCodeField(_l("Postal code"), validators=[Optional()])
    city = StrippedString(
        _l("Town or city"), validators=[Optional(), Length(max=MOST_NAME), no_identity_code]
    )
    iban = _account()

    def offer(self, pilots: Iterable[PilotDefinition]) -> None:
        """Set what somebody can be paid for: the services of the pilots, by the units that have a highest price."""
        self.what.choices = options(
            (f"{pilot.key}:{service.key}:{unit}", _choice(pilot, service.key, unit))
            for pilot in pilots
            for service in pilot.services
            for unit in pilot.own_person_units(service.key)
        )

    def facts(self) -> OwnPersonFacts:
        """What was written."""
        pilot, service, unit = self.what.data.split(":")
        return OwnPersonFacts(
            name=self.name.data,
            relation=self.relation.data,
            pilot_key=pilot,
            service_key=service,
            unit=unit,
            price=self.price.data or Money(0),
            iban=normal_iban(self.iban.data),
            phone=self.phone.data or "",
            email=self.email.data or "",
            street=self.street.data or "",
            postal_code=self.postal_code.data or "",
            city=self.city.data or "",
        )


def _choice(pilot: PilotDefinition, service_key: str, unit: str) -> str:
    rules = pilot.paid_people
    ceiling = (rules.ceiling_of(unit) if rules is not None else None) or Money(0)
    return _(
        "%(what)s: at most %(price)s", what=paid_for_text(service_key, unit), price=price_text(ceiling, unit)
    )


class OwnPersonApprovalForm(BaseForm):
    """The points that were found in order."""

    checked = ChoicesField(_l("I have looked at this and found it in order"))


class OwnPersonAccountForm(BaseForm):
    """Another account of a person who is approved."""

    iban = _account()


class OwnPersonReasonForm(BaseForm):
    """Why a person is not approved, or why the approval is withdrawn."""

    reason = Prose(_l("Reason"), validators=[required(_l("Write the reason.")), Length(max=MAX_TEXT)])


class OwnPersonLastDayForm(BaseForm):
    """The last day of an approval."""

    ends_on = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)
