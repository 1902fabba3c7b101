"""Making a letter with codes, and signing in with one of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.guessing import service as guessing
from marketplace.accounts.guessing.rules import counts_of
from marketplace.accounts.models import User
from marketplace.accounts.service import NOBODY_KNOWN
from marketplace.allowances import Allowance, TooOften, give_back, is_used_up, take
from marketplace.audit.rules import key_id
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.keys import client_keys, keyed_hash
from marketplace.clients.letters.models import ClientCode, ClientLetter
from marketplace.clients.letters.rules import LENGTH, Standing, standing
from marketplace.clients.models import Client
from marketplace.clients.people import account_of
from marketplace.clients.queries import client_for_staff
from marketplace.clients.rules import client_number
from marketplace.codes import as_typed, new_code
from marketplace.db import Database
from marketplace.errors import DomainError
from marketplace.i18n import _l
from marketplace.networks import network_of
from marketplace.permissions import ANYBODY, SYSTEM, Permission
from marketplace.pilots.entries import ClientRules
from marketplace.pilots.vocabulary import client_rules
from marketplace.work import UnitOfWork

REFUSED_CODES: Final = Allowance("refused codes of letters in the trail", 1, timedelta(hours=1))


WRONG_CODES: Final = Allowance("wrong codes of letters from one network", 20, timedelta(hours=1))
"""So that nobody tries the letters of many clients from one place."""

LOCKED_FOR: Final = timedelta(days=1)
"""How long it takes until a network from which too many wrong codes came has all its tries again."""


class CodeRefused(DomainError):
    """The number and the code open nothing; which of the two is wrong is not told."""

    status = 422

    def __init__(self, message: object = "") -> None:
        super().__init__(
            message
            or _l("The number or the code is not right. Check both in the letter. Each code works only once.")
        )


class LetterLocked(CodeRefused):
    """Too many wrong codes for this number from this network: from there the letter opens nothing for a day."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            _l(
                "A wrong code has been tried too many times from your connection, so it opens nothing here now. Try "
                "again tomorrow, or call your counsellor or the office: a new letter works at once."
            )
        )


class LetterExpired(CodeRefused):
    """The code is right and too old."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The codes of your letter are too old. Call your counsellor or the office and ask for a new letter."
            )
        )


def write_letter(work: UnitOfWork, client_id: int) -> tuple[ClientLetter, Sequence[str]]:
    """A new letter for a client, with its codes, which nobody can read again; an earlier letter opens nothing more.

    How many codes there are and for how long they hold, the organisation's data say. Raises NotFound.
    """
    client = client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    end_letters(work.session, client.id, now=work.now)
    rules = client_rules(client.organisation_key)
    letter = ClientLetter(
        client_id=client.id,
        made_at=work.now,
        made_by_id=work.person_id,
        expires_at=work.now + timedelta(days=rules.code_days),
    )
    work.session.add(letter)
    work.session.flush()
    codes = tuple(new_code(LENGTH) for _number in range(rules.codes))
    add_codes(work.session, letter, codes)
    work.record(ClientAudit.LETTER, client, organisation=client.organisation_key)
    return letter, codes


def add_codes(session: Session, letter: ClientLetter, codes: Sequence[str]) -> None:
    """Keep the hashes of a letter's codes."""
    key = client_keys(session)[0]
    letter.key_id = key_id(key)
    session.add_all(
        ClientCode(letter_id=letter.id, code_hash=keyed_hash(key, letter.id, code)) for code in codes
    )
    session.flush()


def end_letters(session: Session, client_id: int, *, now: datetime) -> None:
    """Let no letter of the client open anything any more."""
    session.execute(
        sa.update(ClientLetter)
        .where(ClientLetter.client_id == client_id, ClientLetter.ended_at.is_(None))
        .values(ended_at=now)
    )


def sign_in_by_code(database: Database, *, number: str, code: str, address: str, now: datetime) -> User:
    """The account that a client's number and a code of the letter open; the code is used up by it.

    Tries are counted for the number from a network, as those of passwords are with ever longer waits, for the letter
    from that network, and all wrong codes from one network. So a stranger elsewhere keeps no client out: what is
    locked is the stranger's own way to the letter. What is refused is told to the trail. Raises TooManyTries, TooOften,
    CodeRefused and its kinds; what was counted stays counted.
    """
    tidy = client_number(number)
    counts = counts_of(f"client {tidy}", address=address, browser=None)
    try:
        with database.transaction() as session:
            tries = _tries(session, tidy, address)
            take(session, WRONG_CODES, network_of(address), now=now)
            _count_for_letter(session, tries, now)
            guessing.count_try(session, counts, now=now)
    except (guessing.TooManyTries, LetterLocked):
        _tell_refused(database, tidy, address, now=now)
        raise
    with database.transaction() as session:
        opened = _try_code(session, tidy, as_typed(code), now)
        locked = is_used_up(session, tries.allowance, tries.who, now=now)
    if isinstance(opened, CodeRefused):
        _tell_refused(database, tidy, address, now=now)
        raise LetterLocked if locked and not isinstance(opened, LetterExpired) else opened
    with database.transaction() as session:
        give_back(session, WRONG_CODES, network_of(address), cost=1)
        give_back(session, tries.allowance, tries.who, cost=tries.allowance.times)
        guessing.forgive(session, counts)
    return opened


@dataclass(frozen=True, slots=True)
class _Tries:
    """How many wrong codes a network may type for the letters of a number, and under which name they are counted."""

    allowance: Allowance
    who: str


def _tries(session: Session, number: str, address: str) -> _Tries:
    """A new letter begins a new count. A number that nobody has is counted like any other, so that it tells nothing."""
    letters = _letters(session, number)
    organisations = {each.client.organisation_key for each in letters}
    times = min((client_rules(each).code_tries for each in organisations), default=ClientRules().code_tries)
    named = ",".join(str(each.id) for each in letters)
    return _Tries(
        Allowance("wrong codes of a letter from one network", times, LOCKED_FOR),
        f"{number} {named} {network_of(address)}",
    )


def _count_for_letter(session: Session, tries: _Tries, now: datetime) -> None:
    try:
        take(session, tries.allowance, tries.who, now=now)
    except TooOften as error:
        raise LetterLocked from error


def _tell_refused(database: Database, number: str, address: str, *, now: datetime) -> None:
    """Write a refused code into the trail, once an hour for a client from one network; never what was typed.

    All numbers that nobody has count as one. The work is the same for them, so that the time it takes tells nothing.
    """
    with suppress(TooOften), database.transaction() as session:
        clients = session.scalars(
            sa.select(Client).where(Client.number == number, Client.erased_at.is_(None)).order_by(Client.id)
        ).all()
        whose = number if clients else NOBODY_KNOWN
        take(session, REFUSED_CODES, f"{whose} {network_of(address)}", now=now)
        work = UnitOfWork(session, ANYBODY, now)
        for client in clients:
            work.record(ClientAudit.REFUSE_CODE, client, organisation=client.organisation_key)
        if not clients:
            work.record(ClientAudit.REFUSE_CODE, ("Client", NOBODY_KNOWN))


def _try_code(session: Session, number: str, code: str, now: datetime) -> User | CodeRefused:
    """The account, or why there is none; a number given in several organisations counts in all."""
    for letter in _letters(session, number, lock=True):
        right = _code_of(session, letter, code)
        if right is None:
            continue
        if standing(expires_at=letter.expires_at, ended_at=letter.ended_at, now=now) is not Standing.HOLDS:
            return LetterExpired()
        right.used_at = now
        return account_of(UnitOfWork(session, SYSTEM, now), letter.client)
    return CodeRefused()


def _letters(session: Session, number: str, *, lock: bool = False) -> Sequence[ClientLetter]:
    """The letters with codes of the clients of a number, of each organisation one at most."""
    query = (
        sa.select(ClientLetter)
        .join(ClientLetter.client)
        .where(Client.number == number, Client.erased_at.is_(None), ClientLetter.ended_at.is_(None))
        .options(selectinload(ClientLetter.codes))
        .order_by(ClientLetter.id)
    )
    return session.scalars(query.with_for_update(of=ClientLetter) if lock else query).all()


def _code_of(session: Session, letter: ClientLetter, code: str) -> ClientCode | None:
    """The unused code of the letter that was typed, or None."""
    wanted = {keyed_hash(key, letter.id, code) for key in client_keys(session)}
    return next((each for each in letter.codes if each.code_hash in wanted and each.used_at is None), None)
