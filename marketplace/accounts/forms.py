"""The forms of signing in and of one's own account."""

from __future__ import annotations

from wtforms import PasswordField, SelectField
from wtforms.validators import Length

from marketplace.i18n import LANGUAGE_NAMES, LocalizedText, _, _l
from marketplace.text import mixes_alphabets
from marketplace.web.forms import BaseForm, StrippedString, ValidationError, options, required


def plain_name(_form: object, field: StrippedString) -> None:
    """A validator: a name is shown to others and stands in their mail, so it holds no address of the web and no letters
    that pass for those of another alphabet.
    """
    written = (field.data or "").casefold()
    if "://" in written or "www." in written:
        raise ValidationError(_("Write a name without an address of the web."))
    if mixes_alphabets(written):
        raise ValidationError(
            _("The name has letters of two alphabets that look alike. Write it again in one alphabet.")
        )


class SignInForm(BaseForm):
    """E-mail and password."""

    email = StrippedString(_l("E-mail address"), [required(_l("Write your e-mail address."))])
    password = PasswordField(_l("Password"), [required(_l("Write your password."))])


class AccountForm(BaseForm):
    """What a person can change about the account."""

    name = StrippedString(_l("Name"), [required(_l("Write your name.")), Length(max=120), plain_name])
    language = SelectField(_l("Language of e-mail and decisions"), choices=options(LANGUAGE_NAMES.items()))


class StaffAccountForm(AccountForm):
    """Staff have a title, too, in both languages or in neither."""

    title_fi = StrippedString(_l("Title in Finnish"), [Length(max=80), plain_name])
    title_sv = StrippedString(_l("Title in Swedish"), [Length(max=80), plain_name])

    @property
    def title(self) -> LocalizedText | None:
        """The title; None when there is none."""
        if not self.title_fi.data:
            return None
        return LocalizedText(fi=self.title_fi.data, sv=self.title_sv.data or "")

    def validate_title_sv(self, field: StrippedString) -> None:
        """Decisions are in Finnish or in Swedish, so that a title in one language is half a title."""
        if bool(field.data) != bool(self.title_fi.data):
            raise ValidationError(_("Write the title in both languages, or in neither."))
