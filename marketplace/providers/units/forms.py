"""The form of a unit."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.validators import Length, Optional

from marketplace.accounts.forms import plain_name
from marketplace.i18n import _l, current_language
from marketplace.pilots.vocabulary import FEATURES
from marketplace.providers.forms import language_choices
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    EmailField,
    PhoneField,
    PostalCodeField,
    StrippedString,
    required,
)


class UnitForm(BaseForm):
    """Where a service is given, by whom, for whom it is accessible, and when it is open."""

    revision = HiddenField()
    name = StrippedString(
        _l("Name of the unit"), [required(_l("Write the name of the unit.")), Length(max=200), plain_name]
    )
    street = StrippedString(
        _l("Street address"), [required(_l("Write the street address.")), Length(max=200)]
    )
    postal_code = PostalCodeField(_l("Postal code"), [required(_l("Write the postal code."))])
    city = StrippedString(_l("Town"), [required(_l("Write the town.")), Length(max=100)])
    phone = PhoneField(_l("Telephone"), [Optional()])
    email = EmailField(_l("E-mail address"), [Optional()])
    responsible_person = StrippedString(
        _l("Person in charge"), [required(_l("Write who is in charge of the unit.")), Length(max=120)]
    )
    soteri_reference = StrippedString(_l("Number of the unit in Soteri"), [Optional(), Length(max=60)])
    languages = ChoicesField(_l("Languages in which you serve"))
    features = ChoicesField(_l("Accessibility"))
    opening_hours = BilingualField(_l("Opening hours"), long=True, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = current_language()
        self.languages.choices = language_choices()
        self.features.choices = {
            key: feature.name[language] for key, feature in FEATURES.items() if feature.kind != "practice"
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What was written, by the names of `service.UnitFacts`."""
        values = {
            name: value
            for name, value in self.data.items()
            if name not in ("csrf_token", "form_name", "revision")
        }
        return values | {"opening_hours": self.opening_hours.text}
