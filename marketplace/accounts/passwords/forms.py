"""The forms of passwords."""

from __future__ import annotations

from wtforms import PasswordField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, EmailField, required


class ForgottenPasswordForm(BaseForm):
    """Where to send the link for a new password."""

    email = EmailField(_l("E-mail address"), [required(_l("Write your e-mail address."))])


class NewPasswordForm(BaseForm):
    """A new password after following the link."""

    password = PasswordField(_l("New password"), [required(_l("Write a new password."))])


class ChangePasswordForm(BaseForm):
    """A new password while signed in."""

    current_password = PasswordField(_l("Present password"), [required(_l("Write your present password."))])
    password = PasswordField(_l("New password"), [required(_l("Write a new password."))])
