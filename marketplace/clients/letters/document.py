"""The letter as a document: a tagged PDF in the client's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace import outbox
from marketplace.clients.letters.rules import LENGTH
from marketplace.clients.models import Client
from marketplace.codes import in_groups
from marketplace.contact import shown_phone
from marketplace.i18n import _, date_text, helsinki_date, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.models import Organisation


def letter_pdf(
    client: Client,
    organisation: Organisation,
    codes: Sequence[str],
    *,
    expires_at: datetime,
    signed_by: str,
    now: datetime,
) -> bytes:
    """The letter with the codes, which are printed here and nowhere else."""
    with in_language(client.language):
        place = client.address.splitlines() if client.address else []
        content = {
            "organisation": organisation.name[client.language],
            "number": client.number,
            "facts": [
                {"label": _("Date"), "value": date_text(helsinki_date(now))},
                {"label": _("Client number"), "value": client.number},
            ],
            "recipient": [client.name, *place],
            "intro": [
                _(
                    "With this letter you can see your budget, decisions and agreements on the internet, and choose "
                    "who helps you. You need no bank codes."
                )
            ],
            "steps": [
                _(
                    "Open the address %(address)s",
                    address=outbox.address("client_codes.sign_in", client.language),
                ),
                _("Write your client number: %(number)s", number=client.number),
                _("Write one of the codes below. Each code works once."),
            ],
            "codes": [in_groups(code, LENGTH // 2) for code in codes],
            "ending": [
                _("The codes work until %(day)s.", day=date_text(helsinki_date(expires_at))),
                _(
                    "Keep the codes safe and give them to nobody. Cross out each code when you have used it. "
                    "When the codes run out, or if you lose the letter, call us: you get a new letter."
                ),
                _("Telephone: %(number)s", number=shown_phone(organisation.phone, client.language)),
            ],
            "words": {"how": _("How to sign in"), "codes": _("Your codes")},
            "signature": _("Regards"),
            "decided_by": signed_by,
        } | letterhead(organisation.key)
        title = _("Your codes for Palvelutori")
        return render_pdf("client_letter.typ", content, language=client.language, title=title, now=now)
