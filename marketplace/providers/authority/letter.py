"""The letter with the code, as an accessible PDF that the office prints and posts."""

from __future__ import annotations

from datetime import datetime

from marketplace.codes import in_groups
from marketplace.i18n import _, date_text, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.models import Organisation
from marketplace.providers.authority.rules import CODE_HOLDS, GROUP
from marketplace.providers.models import Provider


def code_letter(
    provider: Provider,
    organisation: Organisation,
    code: str,
    *,
    street: str,
    postal_code: str,
    city: str,
    sender: str,
    language: str,
    portal: str,
    now: datetime,
) -> bytes:
    """The letter to the address that the public register has; `portal` is where the code is typed."""
    with in_language(language):
        title = _("Show that you may act for %(company)s", company=provider.official_name)
        data = {
            "organisation": organisation.name[language],
            "number": provider.business_id,
            "facts": [
                {"label": _("To"), "value": f"{provider.official_name}, {street}, {postal_code} {city}"},
                {"label": _("Business ID"), "value": provider.business_id},
            ],
            "paragraphs": [
                _(
                    "Somebody has registered your company on Palvelutori, where providers of social services apply "
                    "to wellbeing services counties. With this code the company shows that the person may act for it."
                ),
                _("Give the code to the person who takes care of the company’s matters on Palvelutori:"),
            ],
            "code": in_groups(code, GROUP),
            "after": [
                _(
                    "Type it at %(address)s under Company. It holds until %(day)s and works once.",
                    address=portal,
                    day=date_text(now + CODE_HOLDS),
                ),
                _(
                    "If your company has not registered, do not give the code to anybody, and tell us: "
                    "%(phone)s, %(email)s.",
                    phone=organisation.phone or "–",
                    email=organisation.email,
                ),
            ],
            "signature": _("Sent by"),
            "decided_by": sender,
        }
        return render_pdf("code_letter.typ", data, language=language, title=title, now=now)
