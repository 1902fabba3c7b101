"""What the accessibility statement (306/2019) and the privacy notice (EU 2016/679) say by numbers and names.

Their prose is in `templates/site/`, in each language by itself. What differs between organisations comes from their
data, and how long something is kept comes from the rule that deletes it, so that neither can fall behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.accounts.links import rules as links
from marketplace.accounts.sessions import rules as signed_in
from marketplace.enquiries import rules as enquiries
from marketplace.i18n import _, _l, days_text, lazy_pgettext, ngettext
from marketplace.outbox import BODIES_KEPT
from marketplace.pilots.entries import Office, OrganisationData, in_force
from marketplace.recruiting.sessions import rules as meetings
from marketplace.site import guide
from marketplace.vacancies import rules as vacancies

PREPARED: Final = date(2026, 11, 22)
"""When the accessibility statement was first written."""

REVIEWED: Final = date(2026, 11, 29)
"""When the accessibility statement was last compared with the pages."""

NAMING_ORGANISATIONS: Final = ("accessibility", "privacy")
"""The topics that name the organisations."""

EVIDENCE_YEARS: Final = 2
"""How long proofs of a contractor's liability are kept at least (1233/2006 § 5)."""

VOUCHER_YEARS: Final = 6
"""How long vouchers of the accounts are kept at least (1336/1997 ch. 2 § 10)."""


@dataclass(frozen=True, slots=True)
class Answerers:
    """An organisation that runs a pilot, and whom it names today."""

    organisation: OrganisationData
    accessibility: Office | None
    data_protection_officer: Office | None


def named(session: Session, day: date) -> list[Answerers]:
    """The organisations that run pilots, with whom they name on `day`."""
    return [
        Answerers(each, in_force(each.accessibility, day), in_force(each.data_protection_officer, day))
        for each in guide.organisations(session)
    ]


def storage_times() -> list[tuple[Any, Any]]:
    """What is kept and how long, in words; data of clients apart, as each organisation has its own time."""
    return [
        (_l("Question to a provider and its answer"), _days(enquiries.KEPT)),
        (_l("Wish to be told of a free place"), _days(vacancies.LASTS)),
        (_l("Registration for an information session, from its end"), _days(meetings.KEPT)),
        (_l("Registration or wish that nobody confirms"), _days(meetings.CONFIRMED_WITHIN)),
        (
            _l("List of those who are invited to a pilot"),
            _l("until the pilot has ended or you ask us to delete you"),
        ),
        (_l("Text of a mail that was sent, and to whom it went"), _days(BODIES_KEPT)),
        (_l("Links sent by e-mail, after their last day"), _days(links.KEPT_FOR)),
        (_l("In which browsers you were signed in, after signing out"), _days(signed_in.KEPT_FOR)),
        (
            lazy_pgettext("person", "Account"),
            _l("as long as it is used; the name of who decided stays with the decision"),
        ),
        (
            _l("Applications, decisions and agreements"),
            _l("as long as the archive plan of the organisation says"),
        ),
        (_l("Proofs of a company"), _years(EVIDENCE_YEARS)),
        (_l("Statements and payments"), _years(VOUCHER_YEARS)),
        (_l("Record of who changed what"), _l("permanently, without names and addresses of clients")),
    ]


def _days(kept: timedelta) -> str:
    return days_text(kept.days)


def _years(least: int) -> str:
    return str(_("at least %(years)s", years=ngettext("%(num)d year", "%(num)d years", least)))


def client_years(years: int) -> str:
    """How long an organisation keeps something of its clients, in words."""
    return str(ngettext("%(num)d year", "%(num)d years", years))
