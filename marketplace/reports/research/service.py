"""Giving a research extract: made of those who agree to it now, written into their logs, and not kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.audit.rules import key_id
from marketplace.clients.keys import client_keys, keyed_hash
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part, holds_identity_code
from marketplace.clients.service import note_gift
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import _l, helsinki_date
from marketplace.pilots.models import Pilot
from marketplace.reports.facts.choice import choice
from marketplace.reports.facts.money import money
from marketplace.reports.facts.span import Span
from marketplace.reports.queries import quarters_of, told_places
from marketplace.reports.research import queries
from marketplace.reports.research.audit_actions import ResearchAudit
from marketplace.reports.research.beside import COMPARED, Reported, chosen
from marketplace.reports.research.files import as_zip
from marketplace.reports.research.models import ResearchExtract, ResearchMember
from marketplace.reports.research.rules import MEASURES, Given, Past, Traits, classes, given_rows, told_beside
from marketplace.reports.rules import Dimension, Fact, Measure, Quarter, is_told
from marketplace.reports.service import keep, missing_editions
from marketplace.work import UnitOfWork

PART_OF: Final[Mapping[Measure, Part]] = {
    Measure.SPENT: Part.DELIVERIES,
    Measure.AGREEMENTS: Part.AGREEMENTS,
    Measure.CHANGES: Part.AGREEMENTS,
}
"""What of a client's data a number tells, as the client reads it in the log; the others tell of the budget."""

_WANTED: Final = frozenset(MEASURES.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """An extract that is asked for: the first and the last quarter, to whom, and by what leave."""

    first: Quarter
    last: Quarter
    recipient: str
    permit: str


def give(work: UnitOfWork, pilot: Pilot, wanted: Wanted) -> tuple[ResearchExtract, bytes]:
    """Make an extract of a pilot, and write down to whom it is given, also in the log of each client in it.

    Raises Invalid for what is missing or in no order, and Conflict when nobody is in it.
    """
    _demand(wanted, helsinki_date(work.now))
    # One after the other: each knows the one before.
    work.session.refresh(pilot, with_for_update=for_change(Pilot))
    clients = {client.id: client for client in queries.agreed(work.session, pilot.key)}
    past = queries.pasts(work.session, pilot.key)
    people = _told_of(work, clients, past)
    if not people:
        raise Conflict(_l("So few clients have agreed to research that nobody can be told of."))
    key = client_keys(work.session)[0]
    extract = ResearchExtract(
        organisation_key=pilot.organisation_key,
        pilot_key=pilot.key,
        first_on=wanted.first.first,
        last_on=wanted.last.last,
        recipient=wanted.recipient.strip(),
        permit=wanted.permit.strip(),
        made_at=work.now,
        made_by_id=work.actor.user_id,
        key_id=key_id(key),
        people=len(people),
        left_out=len(clients) - len(people),
    )
    work.session.add(extract)
    work.session.flush()
    told = {clients[client_id].number: own for client_id, own in people.items()}
    rows = _given(work, pilot, Span(extract.first_on, extract.last_on), told)
    _remember(
        work.session, extract, {clients[each].number: each for each in people}, classes(people, past), rows
    )
    names = {clients[client_id].number: pseudonym(key, extract.id, client_id) for client_id in people}
    given = _parts_of(rows)
    for client_id in people:
        for part in sorted({Part.FACTS, *given[clients[client_id].number]}):
            note_gift(work, clients[client_id], part, Ground.CONSENT, recipient=extract.recipient)
    _record(work, extract)
    return extract, as_zip(
        {names[who]: own for who, own in told.items()},
        [replace(row, who=names[row.who]) for row in rows],
        _about(extract),
        now=work.now,
    )


def _parts_of(rows: Iterable[Given]) -> defaultdict[str, set[Part]]:
    """Client's number → what the rows tell of the client."""
    found: defaultdict[str, set[Part]] = defaultdict(set)
    for row in rows:
        found[row.who] |= {PART_OF.get(measure, Part.DECISIONS) for measure in row.numbers}
    return found


def _told_of(work: UnitOfWork, clients: Mapping[int, Client], past: Mapping[int, Past]) -> dict[int, Traits]:
    """Who is told of, with which traits; whom a comparison with earlier extracts would give away is left out."""
    key, earlier = client_keys(work.session)[0], max(map(len, past.values()), default=0)
    return told_beside(
        {each.id: _traits(each) for each in clients.values()},
        past,
        Counter(before for client_id, before in past.items() if client_id not in clients),
        lambda client_id: keyed_hash(key, "research, left out", earlier, client_id),
    )


def pseudonym(key: bytes, extract_id: int, client_id: int) -> str:
    """Who a client is in an extract: another in each, and nobody's without the key."""
    return keyed_hash(key, "research", extract_id, client_id)[:16]


def _demand(wanted: Wanted, today: date) -> None:
    if wanted.last < wanted.first:
        raise Invalid(_l("The last quarter is before the first one."), field="last")
    if not is_told(wanted.last, today):
        raise Invalid(_l("The reports of this quarter have not been made yet."), field="last")
    for field, text in (("recipient", wanted.recipient), ("permit", wanted.permit)):
        if not text.strip():
            raise Invalid(_l("Write to whom the extract is given and by what permit."), field=field)
        if holds_identity_code(text):
            raise Invalid(_l("Write no personal identity code here."), field=field)


def _traits(client: Client) -> Traits:
    return Traits(client.municipality or "", client.group or "", client.language)


def _given(work: UnitOfWork, pilot: Pilot, span: Span, people: Mapping[str, Traits]) -> list[Given]:
    """What people were given, by quarter and service: the same facts that the reports count, as far as the extract
    beside these gives nobody away. A quarter without reports is not told.
    """
    keep(work.session, missing_editions(work.session, pilot.key, helsinki_date(work.now)), now=work.now)
    key, earlier = client_keys(work.session)[0], queries.told_rows(work.session, pilot.key)
    editions = {quarter: edition for edition, quarter in quarters_of(work.session, pilot.key).items()}
    facts = _facts(work.session, pilot, span)
    rows: list[Given] = []
    for quarter in sorted(facts.keys() & editions.keys()):
        reported = Reported(
            facts[quarter],
            told_places(work.session, editions[quarter]),
            earlier.get(quarter.name, frozenset()),
        )
        found = chosen(people, reported, partial(keyed_hash, key, "research, left out", quarter.name))
        rows += [
            Given(who, quarter, "" if service in found.rare else service, {fact.measure: fact.value})
            for fact in reported.facts
            if fact.measure in _WANTED and (who := str(fact.who)) in found.people
            for service in (str(fact.keys[Dimension.SERVICE]),)
        ]
    return given_rows(rows)


def _facts(session: Session, pilot: Pilot, span: Span) -> Mapping[Quarter, list[Fact]]:
    """What an extract and the reports both tell, by quarter: everything of a client, a service and a number as one."""
    kept: dict[tuple[Quarter, Measure, str, str], Fact] = {}
    for fact in chain(money(session, pilot, span), choice(session, pilot, span)):
        if fact.measure in COMPARED:
            quarter = Quarter.of(fact.day)
            place = quarter, fact.measure, str(fact.who), str(fact.keys[Dimension.SERVICE])
            before = kept[place].value if place in kept else 0
            kept[place] = replace(fact, day=quarter.first, value=before + fact.value * fact.times, times=1)
    found: defaultdict[Quarter, list[Fact]] = defaultdict(list)
    for (quarter, *_rest), fact in kept.items():
        found[quarter].append(fact)
    return found


def _remember(
    session: Session,
    extract: ResearchExtract,
    people: Mapping[str, int],
    parts: Mapping[int, int],
    rows: Iterable[Given],
) -> None:
    """Keep who is in an extract, for the next one."""
    quarters: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        quarters[row.who].add(row.quarter.name)
    session.add_all(
        ResearchMember(
            extract_id=extract.id,
            client_id=client_id,
            part=parts[client_id],
            quarters=" ".join(sorted(quarters[number])),
        )
        for number, client_id in people.items()
    )


def _about(extract: ResearchExtract) -> dict[str, Any]:
    return {
        "number": extract.id,
        "pilot": extract.pilot_key,
        "first_on": extract.first_on.isoformat(),
        "last_on": extract.last_on.isoformat(),
        "recipient": extract.recipient,
        "permit": extract.permit,
        "made_at": extract.made_at.isoformat(),
    }


def _record(work: UnitOfWork, extract: ResearchExtract) -> None:
    about = _about(extract)
    work.record(
        ResearchAudit.GIVE,
        extract,
        organisation=extract.organisation_key,
        after={
            **{name: about[name] for name in ("pilot", "first_on", "last_on", "recipient", "permit")},
            "people": extract.people,
        },
    )
