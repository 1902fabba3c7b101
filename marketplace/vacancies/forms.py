"""The form of whoever wants to be told of a free place."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, EmailField, required


class NoticeForm(BaseForm):
    """Where the notice goes."""

    email = EmailField(_l("E-mail"), validators=[required(_l("Write your e-mail address."))])


class VacancyDecisionForm(BaseForm):
    """Only the anti-forgery token; the buttons bring the decision."""
