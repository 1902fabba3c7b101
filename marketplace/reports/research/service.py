"""Giving a research extract: made of those who agree to it now, written into their logs, and not kept.

It is counted first, while others write, and then given in a transaction that is short when things still stand as they
were.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.audit.rules import key_id
from marketplace.clients.keys import client_keys, keyed_hash
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part, holds_identity_code
from marketplace.clients.service import note_gift
from marketplace.db import Database, for_change
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import pilot as pilot_of
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
from marketplace.reports.service import make_of
from marketplace.work import UnitOfWork

PART_OF: Final[Mapping[Measure, Part]] = {
    Measure.SPENT: Part.DELIVERIES,
    Measure.AGREEMENTS: Part.AGREEMENTS,
    Measure.CHANGES: Part.AGREEMENTS,
}
"""What of a client's data a number tells, as the client reads it in the log; the others tell of the budget."""

_WANTED: Final = frozenset(MEASURES.values())

FETCHED_FOR: Final = timedelta(days=1)
"""So long who has made an extract can fetch its file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An extract that is asked for: the first and the last quarter, to whom, and by what leave."""

    first: Quarter
    last: Quarter
    recipient: str
    permit: str


@dataclass(frozen=True, slots=True)
class CountedExtract:
    """What an extract tells before it is given. `latest` is the number of the one before it, `agreed` are those who
    agree as they were seen, `people` whom it tells of with which traits, by the client's id; rows have the client's
    number.
    """

    wanted: Wanted
    latest: int
    agreed: Mapping[int, Traits]
    numbers: Mapping[int, str]
    people: Mapping[int, Traits]
    parts: Mapping[int, int]
    rows: Sequence[Given]


def count_apart(database: Database, pilot_key: str, wanted: Wanted, *, now: datetime) -> CountedExtract:
    """Count an extract while others write, which takes a while; reports that are due are made before.

    Raises Invalid for what is missing or in no order.
    """
    _demand(wanted, helsinki_date(now))
    make_of(database, pilot_key, now=now)
    with database.read() as session:
        return count(session, pilot_of(session, pilot_key), wanted)


def count(session: Session, pilot: Pilot, wanted: Wanted, *, before: int | None = None) -> CountedExtract:
    """What an extract of a pilot tells now; with `before` beside those that were made before that one alone."""
    clients = queries.agreed(session, pilot.key)
    past = queries.pasts(session, pilot.key, before=before)
    agreed = {each.id: _traits(each) for each in clients}
    people = _told_of(session, agreed, past)
    numbers = {each.id: each.number for each in clients}
    told = {numbers[client_id]: own for client_id, own in people.items()}
    return CountedExtract(
        wanted=wanted,
        latest=queries.latest(session, pilot.key, before=before),
        agreed=agreed,
        numbers=numbers,
        people=people,
        parts=classes(people, past),
        rows=_given(session, pilot, Span(wanted.first.first, wanted.last.last), told, before=before),
    )


def give(work: UnitOfWork, pilot: Pilot, counted: CountedExtract) -> tuple[ResearchExtract, bytes]:
    """Give an extract that has been counted, and write down to whom, also in the log of each client in it.

    What has changed since is counted once more, while nobody changes it. Raises Conflict when nobody is in it.
    """
    # One after the other: each knows the one before.
    work.session.refresh(pilot, with_for_update=for_change(Pilot))
    clients = {client.id: client for client in queries.agreed(work.session, pilot.key, lock=True)}
    latest = queries.latest(work.session, pilot.key)
    if counted.latest != latest or counted.agreed != {each.id: _traits(each) for each in clients.values()}:
        counted = count(work.session, pilot, counted.wanted)
    if not counted.people:
        raise Conflict(_l("So few clients have agreed to research that nobody can be told of."))
    wanted = counted.wanted
    extract = ResearchExtract(
        organisation_key=pilot.organisation_key,
        pilot_key=pilot.key,
        first_on=wanted.first.first,
        last_on=wanted.last.last,
        recipient=wanted.recipient.strip(),
        permit=wanted.permit.strip(),
        made_at=work.now,
        made_by_id=work.actor.user_id,
        key_id=key_id(client_keys(work.session)[0]),
        people=len(counted.people),
        left_out=len(clients) - len(counted.people),
    )
    work.session.add(extract)
    work.session.flush()
    _remember(work.session, extract, counted)
    given = _parts_of(counted.rows)
    for client_id in counted.people:
        for part in sorted({Part.FACTS, *given[counted.numbers[client_id]]}):
            note_gift(work, clients[client_id], part, Ground.CONSENT, recipient=extract.recipient)
    _record(work, extract)
    content = _packed(work.session, extract, counted)
    extract.file_sha256 = hashlib.sha256(content).hexdigest()
    return extract, content


def file_again(session: Session, extract: ResearchExtract, *, now: datetime) -> bytes:
    """The file of an extract for who has just made it. It is kept nowhere: it is made once more, and given only as long
    as it comes out the same. Raises NotFound after a day, and Conflict when it does not.
    """
    if not can_be_fetched(extract, now):
        raise NotFound()
    wanted = Wanted(Quarter(extract.first_on), Quarter.of(extract.last_on), extract.recipient, extract.permit)
    counted = count(session, pilot_of(session, extract.pilot_key), wanted, before=extract.id)
    content = _packed(session, extract, counted)
    if hashlib.sha256(content).hexdigest() != extract.file_sha256:
        raise Conflict(_l("What the file tells has changed since it was made. Make another one."))
    return content


def can_be_fetched(extract: ResearchExtract, now: datetime) -> bool:
    """Whether who has made an extract can fetch its file."""
    return extract.file_sha256 is not None and now < extract.made_at + FETCHED_FOR


def _packed(session: Session, extract: ResearchExtract, counted: CountedExtract) -> bytes:
    """The file, the same for the same numbers."""
    key = client_keys(session)[0]
    names = {counted.numbers[each]: pseudonym(key, extract.id, each) for each in counted.people}
    return as_zip(
        {names[counted.numbers[each]]: own for each, own in counted.people.items()},
        [replace(row, who=names[row.who]) for row in counted.rows],
        _about(extract),
        now=extract.made_at,
    )


def _parts_of(rows: Iterable[Given]) -> defaultdict[str, set[Part]]:
    """Client's number → what the rows tell of the client."""
    found: defaultdict[str, set[Part]] = defaultdict(set)
    for row in rows:
        found[row.who] |= {PART_OF.get(measure, Part.DECISIONS) for measure in row.numbers}
    return found


def _told_of(session: Session, agreed: Mapping[int, Traits], past: Mapping[int, Past]) -> dict[int, Traits]:
    """Who is told of, with which traits; whom a comparison with earlier extracts would give away is left out."""
    key, earlier = client_keys(session)[0], max(map(len, past.values()), default=0)
    return told_beside(
        agreed,
        past,
        Counter(before for client_id, before in past.items() if client_id not in agreed),
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


def _given(
    session: Session, pilot: Pilot, span: Span, people: Mapping[str, Traits], *, before: int | None
) -> list[Given]:
    """What people were given, by quarter and service: the same facts that the reports count, as far as the extract
    beside these gives nobody away. A quarter without reports is not told.
    """
    key, earlier = client_keys(session)[0], queries.told_rows(session, pilot.key, before=before)
    editions = {quarter: edition for edition, quarter in quarters_of(session, pilot.key).items()}
    facts = _facts(session, pilot, span)
    rows: list[Given] = []
    for quarter in sorted(facts.keys() & editions.keys()):
        reported = Reported(
            facts[quarter],
            told_places(session, editions[quarter]),
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


def _remember(session: Session, extract: ResearchExtract, counted: CountedExtract) -> None:
    """Keep who is in an extract, for the next one."""
    quarters: defaultdict[str, set[str]] = defaultdict(set)
    for row in counted.rows:
        quarters[row.who].add(row.quarter.name)
    session.add_all(
        ResearchMember(
            extract_id=extract.id,
            client_id=client_id,
            part=counted.parts[client_id],
            quarters=" ".join(sorted(quarters[counted.numbers[client_id]])),
        )
        for client_id in counted.people
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
