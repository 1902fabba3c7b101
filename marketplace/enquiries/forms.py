"""Forms of questions and of their answers."""

from __future__ import annotations

from typing import Any

from wtforms import Field
from wtforms.validators import Length, StopValidation

from marketplace.accounts.forms import plain_name
from marketplace.clients.forms import no_identity_code
from marketplace.enquiries.rules import LONGEST_NAME, LONGEST_TEXT, AnswerBy
from marketplace.i18n import _, _l
from marketplace.web.forms import (
    BaseForm,
    EmailField,
    Optional,
    PhoneField,
    Prose,
    RadioField,
    StrippedString,
    options,
    required,
)


class NeededFor:
    """Asks for the field when the answer is wanted in one way, and passes over it otherwise."""

    def __init__(self, way: AnswerBy, message: object) -> None:
        self.way, self.message = way, message

    def __call__(self, form: Any, field: Field) -> None:
        """Raise StopValidation, with the message when the field is needed."""
        if form.answer_by.data != self.way:
            field.errors = []
            raise StopValidation()
        if not field.data and not field.errors:
            raise StopValidation(str(self.message))


class QuestionForm(BaseForm):
    """A question by somebody without an account."""

    name = StrippedString(
        _l("Your name"),
        validators=[
            required(_l("Write your name, so that the provider knows whom to answer.")),
            Length(max=LONGEST_NAME, message=_l("The name is too long.")),
            no_identity_code,
            plain_name,
        ],
    )
    text = Prose(
        _l("Your question"),
        validators=[
            required(_l("Write what you want to ask.")),
            Length(max=LONGEST_TEXT, message=_l("The text is too long.")),
            no_identity_code,
        ],
    )
    answer_by = RadioField(
        _l("How do you want the answer?"), validators=[required(_l("Choose how you want the answer."))]
    )
    email = EmailField(
        _l("E-mail"),
        validators=[
            NeededFor(AnswerBy.EMAIL, _l("Write your e-mail address, so that the answer can be sent to it."))
        ],
    )
    phone = PhoneField(
        _l("Phone"),
        validators=[NeededFor(AnswerBy.PHONE, _l("Write your telephone number, so that you can be rung."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answer_by.choices = options(
            [(AnswerBy.EMAIL, _("By e-mail")), (AnswerBy.PHONE, _("By telephone"))]
        )


class AnswerForm(BaseForm):
    """The answer of a provider; where a call was wanted it may stay empty."""

    text = Prose(
        _l("Your answer"),
        validators=[Optional(), Length(max=LONGEST_TEXT, message=_l("The text is too long."))],
    )
