"""What a decision says of its hearing."""

from __future__ import annotations

from datetime import date

from marketplace.accounts.models import User
from marketplace.i18n import _, date_text, ngettext


def heard_text(answered_on: date | None, due_on: date, attachments: int = 0) -> str:
    """What came of a hearing: the day of the provider's explanation with its attachments, or that none came."""
    if answered_on is not None:
        received = _("Heard. The explanation was received on %(day)s.", day=date_text(answered_on))
        if not attachments:
            return received
        enclosed = ngettext("It had %(num)d attachment.", "It had %(num)d attachments.", attachments)
        return f"{received} {enclosed}"
    return _("Heard. No explanation came by %(day)s.", day=date_text(due_on))


def title_text(person: User, language: str) -> str:
    """The title of who signs, as the person has given it; else what everybody is who decides by office."""
    return _("Office holder") if person.title is None else person.title[language]


def effect_texts(*first: str) -> list[str]:
    """When a decision takes effect: `first` says it of this one, then what the law says of all of a county's."""
    return [
        " ".join(first),
        _(
            "The decision may be carried out before it has legal force. The body that decides on a request for a "
            "review may forbid it (Act on Wellbeing Services Counties 611/2021)."
        ),
    ]
