"""What the gallery of components shows: one form with every kind of field, filled, and the same with every error.

Served outside production at `/<lang>/about/components` for those who build pages; the tests of the look use it.
"""

from __future__ import annotations

from typing import Final

from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, IntegerField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from marketplace.days import PLANNED
from marketplace.money import Money
from marketplace.offers.rules import Availability
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    DateField,
    MoneyField,
    MunicipalitiesField,
    Prose,
    RadioField,
    StrippedString,
    required,
)

COUNTIES: Final = {
    "Keski-Uusimaa": {
        "106": "Hyvinkää – Hyvinge",
        "186": "Järvenpää – Träskända",
        "505": "Mäntsälä",
        "543": "Nurmijärvi",
        "611": "Pornainen – Borgnäs",
        "858": "Tuusula – Tusby",
    },
    "Itä-Uusimaa": {"638": "Porvoo – Borgå", "753": "Sipoo – Sibbo"},
}


class GalleryForm(BaseForm):
    """Every kind of field."""

    name = StrippedString("Name of the company", [required("Write the name of the company.")])
    service = SelectField(
        "Service", choices={"": "Choose a service", "day": "Day activities", "taxi": "Transport"}
    )
    hours = IntegerField("Hours a week", [Optional(), NumberRange(0, 168, "A week has at most 168 hours.")])
    description = Prose("Description", [Length(max=200, message="At most 200 characters, please.")])
    password = PasswordField("Password")
    price = MoneyField("Price on weekdays", [required("Give the price.")])
    begins = DateField("First day of the new price", [required("Give the day.")], reach=PLANNED)
    title = BilingualField("Title", languages_required=("fi", "sv"))
    text = BilingualField("Description for clients", long=True, max_length=400)
    languages = ChoicesField(
        "Languages of service", choices={"fi": "Finnish", "sv": "Swedish", "sgn": "Sign language"}
    )
    availability = RadioField(
        "Availability",
        choices={"now": "Free now", "from": "Free from a day", "queue": "There is a queue"},
        validators=[required("Choose one.")],
    )
    municipalities = MunicipalitiesField(
        "Area",
        choices=[
            SelectChoice(code, name, optgroup=county)
            for county, municipalities in COUNTIES.items()
            for code, name in municipalities.items()
        ],
        validators=[required("Choose a municipality.")],
    )
    proof = FileField("Insurance certificate", [required("Choose a file.")])
    other_proof = FileField("Tax certificate")
    accepts = BooleanField("I accept the rulebook", [required("Accept the rulebook to continue.")])


class Gallery:
    """The two forms and the sample values of the gallery's page."""

    def __init__(self) -> None:
        self.amount = Money(3480)
        self.filled = GalleryForm(
            formdata=None,
            name="Esimerkki Oy",
            description="Small groups, calm mornings.",
            price=Money(3480),
            languages=["fi", "sv"],
            availability=Availability.NOW,
            municipalities=["106", "858"],
            meta={"csrf": False},
        )
        self.wrong = GalleryForm(
            formdata=MultiDict(
                {
                    "wrong-price": "12,345",
                    "wrong-begins": "31.2.2026",
                    "wrong-hours": "300",
                    "wrong-description": "Small groups, calm mornings. " * 8,
                }
            ),
            prefix="wrong",
            meta={"csrf": False},
        )
        self.wrong.validate()

    @staticmethod
    def page_url(number: int) -> str:
        """Where a page of the sample results would be."""
        return f"?page={number}"
