"""What is done to service decisions: write, propose, return, make, change and end; and what becomes of unused budgets.

A decision is made in one transaction: its number, its letter, the budgets that it opens in the books, and the end of
the decision that it replaces hold together or not at all. The audit trail names a decision by its number and never the
client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clients.models import Participation
from marketplace.clients.queries import client_for_staff
from marketplace.db import Database, for_change
from marketplace.decisions.rules import CLIENTS
from marketplace.decisions.service import Refused, archive, demand_other_person, demand_words, next_number
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict, Fault, Invalid, refuse_all
from marketplace.files.service import forget_files
from marketplace.files.store import FileStore
from marketplace.i18n import _l, helsinki_date
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.offers.pricing.rules import HOUR
from marketplace.permissions import SYSTEM, Permission
from marketplace.pilots.queries import current_version, kept_definition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.slots import Answer
from marketplace.vouchers.granting import mails, queries, rules
from marketplace.vouchers.granting.audit_actions import DecisionAudit
from marketplace.vouchers.granting.document import service_decision_pdf
from marketplace.vouchers.granting.holding import funds_account
from marketplace.vouchers.granting.labels import FAULTS
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import (
    DECISION,
    EFFECTIVE,
    Carry,
    DecisionAction,
    DecisionKind,
    DecisionState,
    Facts,
    LineFacts,
)
from marketplace.work import UnitOfWork

told_of_unused: Final = Answer[Callable[[Session, Budget], date | None]](
    "vouchers.told_of_unused",
    "The day on which the client was told what is left of a budget that is over and when it returns, if that was told.",
)

goes_on_under: Final = Answer[Callable[[Session, DecisionLine, date], bool]](
    "vouchers.goes_on_under",
    "Whether an agreement that is paid from a line of a decision goes on on a day or begins later.",
)

# --- writing ---------------------------------------------------------------------------------------------------------


def begin(work: UnitOfWork, client_id: int, facts: Facts) -> ServiceDecision:
    """Begin a decision on a client of the actor's organisation.

    Raises NotFound, and Invalid for days that do not hold or a pilot in which the client does not take part.
    """
    client = client_for_staff(work, client_id, permission=Permission.PROPOSE_SERVICES)
    refuse_all(begin_refusals(work.session, client.id, facts, work.today))
    return _add(work, client.id, DecisionKind.GRANT, facts, current_version(work.session, facts.pilot_key).id)


def begin_refusals(session: Session, client_id: int, facts: Facts, today: date) -> list[Fault]:
    """Everything for which a decision cannot begin like this, as (field, message)."""
    found = _worded(rules.period_faults(facts, today))
    if not queries.takes_part(session, client_id, facts.pilot_key, facts.starts_on):
        found.append(("pilot_key", _l("The client does not take part in this pilot on the first day.")))
    return found


def begin_change(work: UnitOfWork, decision_id: int, kind: DecisionKind, starts_on: date) -> ServiceDecision:
    """Begin the decision that changes or ends another one from a day on; a change begins with the same lines.

    Raises Conflict when the other one is not in force or is being replaced already, and Invalid for the day.
    """
    before = queries.decision_for_staff(work, decision_id, permission=Permission.PROPOSE_SERVICES, lock=True)
    DECISION.next(before.state, DecisionAction.REPLACE)
    _demand(rules.first_day_fault(starts_on, (before.starts_on, before.ends_on)))
    if any(each.replaces_id == before.id for each in queries.decisions_of(work.session, before.client_id)):
        raise Conflict(_l("Somebody is writing a decision that replaces this one already."))
    facts = replace(before.facts, starts_on=starts_on, applied_on=None, grounds="")
    made = _add(work, before.client_id, kind, facts, before.pilot_version_id, before)
    if kind is DecisionKind.CHANGE:
        made.lines.extend(_line(line.facts) for line in before.lines)
    return made


def _add(
    work: UnitOfWork,
    client_id: int,
    kind: DecisionKind,
    facts: Facts,
    version_id: int,
    before: ServiceDecision | None = None,
) -> ServiceDecision:
    decision = ServiceDecision(
        client_id=client_id,
        pilot_version_id=version_id,
        kind=kind,
        state=DECISION.initial,
        replaces=before,
        created_at=work.now,
        proposed_by_id=work.person_id,
        return_reason="",
        **asdict(facts),
    )
    work.session.add(decision)
    work.session.flush()
    _record(work, decision, DecisionAudit.CREATE, kind=kind.value)
    return decision


def save(work: UnitOfWork, decision_id: int, facts: Facts) -> ServiceDecision:
    """Change what a draft says besides its lines; its pilot stays. Raises Conflict, Invalid, NotFound."""
    decision = _draft(work, decision_id)
    kept = replace(facts, pilot_key=decision.pilot_key)
    refuse_all(save_refusals(decision, kept, work.today))
    for name, value in asdict(kept).items():
        setattr(decision, name, value)
    _record(work, decision, DecisionAudit.SAVE)
    return decision


def save_refusals(decision: ServiceDecision, facts: Facts, today: date) -> list[Fault]:
    """Everything for which a draft cannot say this, as (field, message)."""
    before = decision.replaces
    first = before and rules.first_day_fault(facts.starts_on, (before.starts_on, before.ends_on))
    return _worded([*([first] if first else []), *rules.period_faults(facts, today)])


def add_line(work: UnitOfWork, decision_id: int, facts: LineFacts) -> DecisionLine:
    """Add a line to a draft. Raises Conflict for no draft, Invalid for a line that does not hold."""
    decision = _draft(work, decision_id)
    if decision.kind is DecisionKind.END or len(decision.lines) >= rules.MOST_LINES:
        raise Conflict(_l("No more lines can be added to this decision."))
    pilot = kept_definition(work.session, decision.pilot_version_id)
    if facts.service_key not in pilot.service_keys:
        raise Invalid(_l("Choose a service of the pilot."), field="service_key")
    service = pilot.service(facts.service_key)
    _demand(rules.line_fault(facts, pilot.budget_kinds, HOUR in service.units))
    known = {row.band for row in service.bands}
    kept = replace(
        facts,
        bands=tuple(band for band in facts.bands if band in known),
        legal_basis=facts.legal_basis or SERVICES[facts.service_key].legal_basis,
    )
    line = _line(kept)
    decision.lines.append(line)
    _record(work, decision, DecisionAudit.SAVE, lines=len(decision.lines))
    return line


def drop_line(work: UnitOfWork, decision_id: int, line_id: int) -> None:
    """Take a line out of a draft. Raises Conflict for no draft, NotFound."""
    decision = _draft(work, decision_id)
    decision.lines.remove(queries.line_of(decision, line_id))
    _record(work, decision, DecisionAudit.SAVE, lines=len(decision.lines))


def _line(facts: LineFacts) -> DecisionLine:
    return DecisionLine(
        service_key=facts.service_key,
        unit=facts.amount.unit,
        amount=facts.amount.number,
        every=facts.every,
        carry=facts.carry,
        bands=list(facts.bands),
        value_kind=facts.value_kind,
        unit_value=facts.unit_value,
        fee_ground=facts.fee_ground,
        legal_basis=facts.legal_basis,
    )


def _draft(work: UnitOfWork, decision_id: int) -> ServiceDecision:
    decision = queries.decision_for_staff(
        work, decision_id, permission=Permission.PROPOSE_SERVICES, lock=True
    )
    if decision.state != DecisionState.DRAFT:
        raise Conflict(_l("The decision is no draft any more."))
    return decision


# --- deciding --------------------------------------------------------------------------------------------------------


def propose(work: UnitOfWork, decision_id: int) -> ServiceDecision:
    """Give a draft to be decided. Raises Refused with everything that it lacks."""
    decision, state = _held(work, decision_id, DecisionAction.PROPOSE, Permission.PROPOSE_SERVICES)
    lacking = rules.proposal_faults(decision.kind, decision.facts, [line.facts for line in decision.lines])
    if lacking:
        raise Refused([(field, FAULTS[code]) for field, code in lacking])
    decision.state, decision.proposed_by_id, decision.return_reason = state, work.person_id, ""
    _record(work, decision, DecisionAudit.PROPOSE)
    return decision


def send_back(work: UnitOfWork, decision_id: int, reason: str) -> ServiceDecision:
    """Give a proposal back to be written again; who proposed it and who has the client are mailed.

    Raises Invalid without a reason.
    """
    decision, state = _held(work, decision_id, DecisionAction.RETURN, Permission.DECIDE_SERVICES)
    words = demand_words(reason, _l("Write why the decision is returned."), field="reason")
    decision.state, decision.return_reason = state, words
    _record(work, decision, DecisionAudit.RETURN)
    for person in {decision.proposed_by, decision.client.counsellor}:
        if person is not None and person.active and person.id != work.person_id:
            mails.service_decision_returned(work, person, decision)
    return decision


def discard(work: UnitOfWork, decision_id: int) -> ServiceDecision:
    """Throw a draft away."""
    decision, state = _held(work, decision_id, DecisionAction.DISCARD, Permission.PROPOSE_SERVICES)
    decision.state = state
    _record(work, decision, DecisionAudit.DISCARD)
    return decision


def make(work: UnitOfWork, decision_id: int, *, store: FileStore) -> ServiceDecision:
    """Make a proposed decision: number, letter, budgets, and the end of the decision that it replaces.

    The client's support plan is a part of it, as it is now, when the client wants that.

    Raises NotAllowed for one's own proposal where the pilot wants two people, and Conflict when budgets that are to
    end are reserved or used already.
    """
    decision, state = _held(work, decision_id, DecisionAction.MAKE, Permission.DECIDE_SERVICES)
    pilot = kept_definition(work.session, decision.pilot_version_id)
    if pilot.service_decisions.two_people:
        demand_other_person(work.actor, [decision.proposed_by_id])
    client = decision.client
    number = next_number(
        work.session, ServiceDecision.number, client.organisation_key, work.today, series=CLIENTS
    )
    decider = work.session.get_one(User, work.person_id)
    decision.plan = queries.plan_in(work.session, decision)
    letter = service_decision_pdf(work, decision, pilot, number=number, decided_by=decider)
    decision.file = archive(work, letter, number, store=store).file
    decision.state, decision.number, decision.language = state, number, client.language
    decision.decided_by, decision.decided_at = decider, work.now
    work.session.flush()
    if decision.replaces is not None:
        _end(work, decision.replaces, decision.starts_on)
    for line in decision.lines:
        _open(work, decision, line)
    _record(work, decision, DecisionAudit.MAKE, number=number)
    return decision


def post_letter(work: UnitOfWork, decision_id: int, day: date) -> ServiceDecision:
    """Write down on which day the letter was posted. Raises Conflict when that is known, Invalid for another day."""
    decision = queries.decision_for_staff(
        work, decision_id, permission=Permission.PROPOSE_SERVICES, lock=True
    )
    if decision.decided_at is None or decision.posted_on is not None:
        raise Conflict(_l("The day of posting is known already, or there is no letter yet."))
    if not helsinki_date(decision.decided_at) <= day <= work.today:
        raise Invalid(
            _l("The letter was posted between the day of the decision and today."), field="posted_on"
        )
    decision.posted_on = day
    _record(work, decision, DecisionAudit.POST, posted_on=day.isoformat())
    return decision


def _held(
    work: UnitOfWork, decision_id: int, action: DecisionAction, permission: Permission
) -> tuple[ServiceDecision, DecisionState]:
    """The decision, locked, and the state to which the action leads."""
    decision = queries.decision_for_staff(work, decision_id, permission=permission, lock=True)
    return decision, DECISION.next(decision.state, action)


# --- budgets ---------------------------------------------------------------------------------------------------------


def _funds(work: UnitOfWork, decision: ServiceDecision, unit: Unit) -> Account:
    return funds_account(work, decision.pilot_key, unit, organisation=decision.client.organisation_key)


def _open(work: UnitOfWork, decision: ServiceDecision, line: DecisionLine) -> None:
    """Open the budgets of a line and grant what the decision gives in each."""
    facts, funds = line.facts, _funds(work, decision, line.unit)
    for period in rules.periods(facts.every, facts.amount, decision.starts_on, decision.ends_on):
        key = f"line:{line.id}:{period.key}"
        account = ledger.open_account(
            work, key, AccountKind.BUDGET, line.unit, organisation=decision.client.organisation_key
        )
        line.budgets.append(
            Budget(first_on=period.first, last_on=period.last, own=period.granted.number, account=account)
        )
        cause = Cause(f"grant:{key}", _about(decision), period.first)
        ledger.grant(work, funds, account, period.granted, cause)


def _end(work: UnitOfWork, decision: ServiceDecision, starts_on: date) -> None:
    """Take back what a decision gives from a day on. Raises Conflict when some of it is held or has been used.

    A budget for the whole time, which began before that day, ends on the day before it: what agreements hold of it for
    the days until then stays held, so that what was given can be recorded and paid, and the rest returns.
    """
    decision.state = DECISION.next(decision.state, DecisionAction.REPLACE)
    queries.hold_budgets(work.session, decision)
    for line in decision.lines:
        for budget in line.budgets:
            if budget.last_on < starts_on:
                continue
            begun = budget.first_on < starts_on
            sums = books.account(work.session, budget.account.key).sums
            if _goes_on(work.session, line, starts_on) if begun else sums.reserved or sums.used:
                raise Conflict(
                    _l(
                        "Agreements or deliveries use this budget after the day from which the decision changes it. "
                        "End or move them first, or choose a later day."
                    )
                )
            if sums.left:
                _take_back(work, decision, budget, starts_on)
            if begun:
                budget.last_on = starts_on - timedelta(days=1)
            else:
                budget.settled_at = work.now
    _record(work, decision, DecisionAudit.REPLACE)


def _goes_on(session: Session, line: DecisionLine, day: date) -> bool:
    return any(ask(session, line, day) for ask in goes_on_under)


def release_when_interrupted(work: UnitOfWork, participation: Participation) -> None:
    """A client stops taking part: what is left of the budgets that begin later returns. What is held stays held.

    A decision that has been replaced pays until the next one begins, so its budgets return as well.
    It fills the slot `clients.interrupted`.
    """
    for decision in queries.decisions_of(work.session, participation.client_id):
        if decision.pilot_key != participation.pilot_key or decision.state not in EFFECTIVE:
            continue
        for budget in (each for line in decision.lines for each in line.budgets):
            later = participation.ended_on is not None and budget.first_on > participation.ended_on
            left = books.account(work.session, budget.account.key).sums.left
            if later and left and budget.settled_at is None:
                amount = _take_back(work, decision, budget, work.today)
                budget.settled_at = work.now
                _record(work, decision, DecisionAudit.RETURN_UNUSED, **_moved_field(amount))


def _take_back(work: UnitOfWork, decision: ServiceDecision, budget: Budget, day: date) -> Amount:
    account = books.account(work.session, budget.account.key)
    left = Amount(account.unit, account.sums.left)
    again = (
        "" if books.entry_of(work.session, f"return:{account.key}") is None else f":{work.now.isoformat()}"
    )
    cause = Cause(f"return:{account.key}{again}", _about(decision), day)
    ledger.take_back(work, _funds(work, decision, account.unit), account, left, cause)
    return left


def settle(database: Database, *, now: datetime) -> int:
    """Carry over or return what is left of every budget whose period is over; how many were touched.

    What is carried moves on the day after the period. The rest stays for deliveries that come late and returns at the
    end of the next month, but never before the client has known of it for two weeks. Each budget is settled in a
    transaction of its own.
    """
    today = helsinki_date(now)
    with database.read() as session:
        waiting = queries.unsettled(session, today)

    def do(budget_id: int) -> bool:
        with database.transaction() as session:
            return settle_one(UnitOfWork(session, SYSTEM, now), budget_id)

    return sum(each_by_itself(database, "settle a budget", waiting, do, now=now))


def settle_one(work: UnitOfWork, budget_id: int) -> bool:
    """Carry over or return what is left of a budget that is over; whether anything moved."""
    budget = work.session.get_one(Budget, budget_id, with_for_update=for_change(Budget))
    decision, key = budget.line.decision, budget.account.key
    later = queries.budget_after(work.session, budget) if budget.line.carry != Carry.NONE else None
    funds = _funds(work, decision, budget.account.unit)
    touched = {budget.account_id, funds.id} | (set() if later is None else {later.account_id})
    ledger.lock_accounts(work, touched)
    account = books.account(work.session, key)
    if not account.sums.left:
        return False
    moved = rules.carried(budget.line.carry, account.sums.left, budget.own) if later is not None else 0
    if later is not None and moved and books.entry_of(work.session, f"carry:{key}") is None:
        amount = Amount(account.unit, moved)
        ledger.carry(
            work, account, later.account, amount, Cause(f"carry:{key}", _about(decision), later.first_on)
        )
        _record(work, decision, DecisionAudit.CARRY, **_moved_field(amount))
        return True
    told_on = max(
        (day for ask in told_of_unused if (day := ask(work.session, budget)) is not None), default=None
    )
    if not rules.may_return(work.today, budget.last_on, told_on):
        return False
    amount = _take_back(work, decision, budget, work.today)
    budget.settled_at = budget.settled_at or work.now
    _record(work, decision, DecisionAudit.RETURN_UNUSED, **_moved_field(amount))
    return True


_MOVED: Final = {Unit.CENTS: "cents", Unit.MINUTES: "minutes"}


def forget_client(session: Session, client_id: int) -> None:
    """Take what tells of the client out of the decisions and drop the letters: the data are erased. What was granted
    stays, for it was paid. For the slot `clients.erased`.
    """
    theirs = ServiceDecision.client_id == client_id
    letters = session.scalars(sa.select(ServiceDecision.file_id).where(theirs)).all()
    session.execute(
        sa.update(ServiceDecision)
        .where(theirs)
        .values(grounds="", supporter="", municipal="", return_reason="", file_id=None),
        execution_options={"synchronize_session": False},
    )
    forget_files(session, letters, but=sa.select(ServiceDecision.file_id))


def _moved_field(amount: Amount) -> dict[str, int]:
    return {_MOVED[amount.unit]: amount.number}


def _about(decision: ServiceDecision) -> str:
    return f"decision:{decision.id}"


def _worded(faults: Iterable[rules.Fault]) -> list[Fault]:
    return [(field, FAULTS[code]) for field, code in faults]


def _demand(fault: rules.Fault | None) -> None:
    if fault is not None:
        raise Invalid(FAULTS[fault[1]], field=fault[0])


def _record(work: UnitOfWork, decision: ServiceDecision, action: DecisionAudit, **after: Any) -> None:
    work.record(
        action,
        decision,
        organisation=decision.client.organisation_key,
        after={"state": decision.state.value, **after},
    )
