"""The form of the office's search."""

from __future__ import annotations

from wtforms.validators import Length, Optional

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, StrippedString


class CompanySearchForm(BaseForm):
    """What is known of the company, sent in the address."""

    class Meta:
        csrf = False

    words = StrippedString(
        _l("Company, business ID, person, telephone or number"), [Optional(), Length(min=2, max=100)]
    )
