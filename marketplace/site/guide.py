"""The pages that explain, each in both languages and also in plain language; the search leads questions to them.

The texts are written in each language by itself: `templates/site/guide/<topic>.<language>.html`, and with `plain`
before the language those in plain language. A new page is a row here, its four texts, and the phrases that ask for it
(`answers` in `marketplace/language/data/query_words.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _l
from marketplace.pilots import queries as pilots
from marketplace.pilots.entries import Need, Office, OrganisationData, in_force
from marketplace.pilots.vocabulary import NEEDS, ORGANISATIONS
from marketplace.search.results.understood import Explanation
from marketplace.search.service import Supply


@dataclass(frozen=True, slots=True)
class Topic:
    """A page that explains one thing. `title` and `summary` are lazy texts; `plain`: it exists in plain language."""

    key: str
    title: Any
    summary: Any
    plain: bool = True


TOPICS: Final[Mapping[str, Topic]] = {
    topic.key: topic
    for topic in (
        Topic(
            "how-it-works",
            _l("How the portal works"),
            _l("From the decision to the first visit: what you do, what others do, and who pays."),
        ),
        Topic(
            "personal-budget",
            _l("What is a personal budget?"),
            _l(
                "You get a sum of money or a number of hours and choose yourself who gives you the help you need."
            ),
        ),
        Topic(
            "service-voucher",
            _l("What is a service voucher?"),
            _l("A promise of the wellbeing services county to pay for a service up to a certain value."),
        ),
        Topic(
            "applying",
            _l("How do I apply for a personal budget?"),
            _l("You apply at your own wellbeing services county, if there is a pilot in your municipality."),
        ),
        Topic(
            "choosing",
            _l("How do I choose a provider?"),
            _l("What to look at, what to ask, and what the approval by the county means."),
        ),
        Topic(
            "complaining",
            _l("What can I do if I am not content?"),
            _l("Whom to speak with, how to complain about a service or a decision, and who gives advice."),
        ),
        Topic(
            "developers",
            _l("For developers: open data and API"),
            _l("Approved providers, services and prices as open data, and what may be done with it."),
            plain=False,
        ),
    )
}

GUIDE: Final = tuple(topic for topic in TOPICS.values() if topic.plain)
"""The topics for clients and their families, in the order in which they are listed."""


def explanation(key: str) -> Explanation | None:
    """The page that explains a thing, for the search; None when there is none."""
    topic = TOPICS.get(key)
    if topic is None:
        return None
    plain = url_for("pages.plain", topic=key) if topic.plain else None
    return Explanation(str(topic.title), str(topic.summary), url_for("pages.about", topic=key), plain)


def organisations(session: Session) -> list[OrganisationData]:
    """The organisations that run pilots, as their data are now."""
    keys = dict.fromkeys(pilot.organisation_key for pilot in pilots.pilots(session))
    return [ORGANISATIONS[key] for key in keys if key in ORGANISATIONS]


def offices(session: Session, day: date) -> list[tuple[OrganisationData, Office | None]]:
    """The organisations that run pilots, each with the social ombudsman of `day` (739/2023), where one is named."""
    return [(each, in_force(each.social_ombudsman, day)) for each in organisations(session)]


def needs(held: Supply) -> list[tuple[Need, int]]:
    """The needs that something in the catalogue answers to, each with the number of offers."""
    counts = {service.key: service.count for service in held.services}
    found = [(need, sum(counts.get(key, 0) for key in need.services)) for need in NEEDS.values()]
    return [(need, count) for need, count in found if count]
