"""How a party asks for a review of a decision, in paragraphs (Administrative Procedure Act 434/2003).

Who decides on the request, where it is sent and how long a client has are data of the organisation, as they hold on the
day.
"""

from __future__ import annotations

from marketplace.decisions.authority import client_review_days, data_of
from marketplace.decisions.document import Letter
from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS
from marketplace.i18n import _
from marketplace.pilots.entries import Office, in_force
from marketplace.pilots.labels import time_text


def provider_review(letter: Letter) -> list[str]:
    """How a provider asks for an administrative review (oikaisuvaatimus, begäran om omprövning)."""
    return [
        _whom(letter),
        _(
            "Ask for the review in writing within %(days)d days of receiving the decision. The day on which you "
            "receive it is not counted. A decision sent by e-mail is taken to have reached you on the third day after "
            "it was sent, and one sent by post on the seventh day after it was posted, unless something else is shown.",
            days=PROVIDER_REVIEW_DAYS,
        ),
        _last_day(),
        _(
            "In your request, tell which decision it concerns, what change you ask for and why, and give your name and "
            "contact details. Enclose this decision."
        ),
        *_where(letter),
    ]


def client_review(letter: Letter) -> list[str]:
    """How a client asks for the same; the decision went by post."""
    return [
        _whom(letter),
        _(
            "Ask for the review in writing within %(days)d days of receiving the decision. The day on which you "
            "receive it is not counted. A decision sent by post is taken to have reached you on the seventh day after "
            "it was posted, unless something else is shown.",
            days=client_review_days(letter.organisation.key, letter.day),
        ),
        _last_day(),
        _(
            "In your request, tell which decision it concerns, what change you ask for and why, and give your name and "
            "contact details. Enclose this decision. You may ask somebody to help you with the request."
        ),
        *_where(letter),
    ]


def _whom(letter: Letter) -> str:
    data = data_of(letter.organisation)
    body = None if data is None else in_force(data.deciding_body, letter.day)
    return _(
        "If you are not satisfied with this decision, you may ask for a review of it. You cannot appeal to the "
        "administrative court before that. %(body)s decides on your request.",
        body=letter.authority if body is None else body.name[letter.language],
    )


def _last_day() -> str:
    """The rule of Act 150/1930, section 5."""
    return _(
        "If the last day is a Saturday, a Sunday, a public holiday, Independence Day, May Day, Midsummer Eve or "
        "Christmas Eve, the request may still arrive on the next working day."
    )


def _where(letter: Letter) -> list[str]:
    data = data_of(letter.organisation)
    registry = None if data is None else in_force(data.registry, letter.day)
    if registry is None:
        where = f"{letter.authority}, {letter.definition.contact.email}"
        return [_("Send the request to: %(where)s. It must arrive by the last day.", where=where)]
    where = ", ".join(filter(None, _reach(registry, letter.language)))
    if registry.closes is None:
        sent = _("Send the request to: %(where)s. It must arrive by the last day.", where=where)
    else:
        sent = _(
            "Send the request to: %(where)s. It must arrive by the last day, before the registry closes at %(time)s. "
            "This holds for e-mail, too.",
            where=where,
            time=time_text(registry.closes),
        )
    if registry.hours is None:
        return [sent]
    return [sent, _("The registry is open %(hours)s.", hours=registry.hours[letter.language])]


def _reach(office: Office, language: str) -> tuple[str, str, str, str]:
    address = "" if office.address is None else office.address[language]
    return office.name[language], address, office.email, office.phone
