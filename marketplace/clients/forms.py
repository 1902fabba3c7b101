"""The forms of the register of clients."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField
from wtforms.validators import Length, ValidationError

from marketplace.clients.labels import IDENTITY_CODE, STATED_GROUNDS
from marketplace.clients.rules import MAX_NUMBER, ClientFacts, Ground, holds_identity_code
from marketplace.days import AGREED
from marketplace.i18n import LANGUAGE_LABELS, _, _l
from marketplace.text import whole_number
from marketplace.web.forms import (
    BaseForm,
    DateField,
    EmailField,
    Optional,
    PhoneField,
    Prose,
    RadioField,
    StrippedString,
    options,
    required,
)


def no_identity_code(_form: object, field: Any) -> None:
    """Refuses a personal identity code."""
    if holds_identity_code(field.data or ""):
        raise ValidationError(str(IDENTITY_CODE))


class ClientSearchForm(BaseForm):
    """The search in the register, sent in the address."""

    class Meta:
        csrf = False

    q = StrippedString(
        _l("Client number or name"), validators=[Optional(), Length(max=200), no_identity_code]
    )


class FactsForm(BaseForm):
    """What is kept of a client."""

    name = StrippedString(
        _l("Name"), validators=[required(_l("Write the client’s name.")), Length(max=200), no_identity_code]
    )
    language = RadioField(
        _l("Language of letters and decisions"), validators=[required(_l("Choose the language."))]
    )
    protected = BooleanField(
        _l("Non-disclosure order (turvakielto)"),
        description=_l(
            "Municipality and address are then removed and not kept. Letters go through the office."
        ),
    )
    municipality = SelectField(_l("Municipality"), default="")
    group = SelectField(_l("Client group"), default="")
    phone = PhoneField(_l("Telephone"), validators=[Optional()])
    email = EmailField(_l("E-mail"), validators=[Optional()])
    address = Prose(_l("Address for letters"), validators=[Optional(), Length(max=300), no_identity_code])
    counsellor = SelectField(_l("Own counsellor"), default="")

    def facts(self) -> ClientFacts:
        """What was written."""
        return ClientFacts(
            name=self.name.data,
            language=self.language.data,
            municipality=self.municipality.data or None,
            group=self.group.data or None,
            email=self.email.data or "",
            phone=self.phone.data or "",
            address=self.address.data or "",
            protected=self.protected.data,
            counsellor_id=whole_number(self.counsellor.data),
        )

    def offer(
        self,
        municipalities: list[tuple[str, str]],
        groups: list[tuple[str, str]],
        counsellors: list[tuple[str, str]],
    ) -> None:
        """Set what can be chosen: (value, name) pairs."""
        self.language.choices = options(LANGUAGE_LABELS.items())
        self.municipality.choices = options([("", _("Not given")), *municipalities])
        self.group.choices = options([("", _("Not given")), *groups])
        self.counsellor.choices = options([("", _("Nobody yet")), *counsellors])


class NewClientForm(FactsForm):
    """A client who is put on the register."""

    number = StrippedString(
        _l("Client or case number"),
        validators=[required(_l("Give the client or case number.")), Length(max=MAX_NUMBER)],
    )


class GroundForm(BaseForm):
    """Why somebody looks at a client's data."""

    ground = RadioField(
        _l("Why do you look at the data?"),
        validators=[required(_l("Choose why you look at the data."))],
        choices=options((ground.value, text) for ground, text in STATED_GROUNDS.items()),
    )

    def stated(self) -> Ground:
        """The ground that was chosen."""
        return Ground(self.ground.data)


class JoinForm(BaseForm):
    """A client joins a pilot."""

    pilot = SelectField(_l("Pilot"), validators=[required(_l("Choose the pilot."))])
    day = DateField(_l("From"), validators=[required(_l("Give the first day."))], reach=AGREED)


class InterruptForm(BaseForm):
    """A client ends taking part in a pilot."""

    last_day = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)
