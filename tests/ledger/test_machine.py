"""Whatever is done to the books in whatever order: what a model of four numbers says is what they hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.ledger import proof, queries, service
from marketplace.ledger.models import Entry
from marketplace.ledger.rules import Leg, Sums, Unit, after
from marketplace.ledger.service import Cause, NotEnough
from tests.ledger.conftest import open_books
from tests.work import work_of

AMOUNTS = st.integers(1, 60)


class Machine(RuleBasedStateMachine):
    """Each run lives in a savepoint of the session and is taken back."""

    session: ClassVar[Session]
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.session.begin_nested()
        self.work, self.books, self.steps = work_of(self.session), open_books(self.session, Unit.MINUTES), 0
        self.model, self.open = Sums(), dict[int, int]()
        self.entries: list[tuple[Leg, ...]] = []

    def cause(self) -> Cause:
        self.steps += 1
        return Cause(f"step:{self.steps}")

    def note(self, *entries: Entry | None) -> None:
        self.entries += [queries.legs_of(self.session, each) for each in entries if each is not None]

    def expect(self, **changes: int) -> None:
        changed = {name: getattr(self.model, name) + change for name, change in changes.items()}
        self.model = Sums(**{"granted": self.model.granted, "reserved": self.model.reserved,
                             "used": self.model.used, **changed})  # fmt: skip

    @rule(amount=AMOUNTS)
    def grant(self, amount: int) -> None:
        self.note(
            service.grant(
                self.work, self.books.funds, self.books.budget, self.books.amount(amount), self.cause()
            )
        )
        self.expect(granted=amount)

    @rule(amount=AMOUNTS)
    def take_back(self, amount: int) -> None:
        arguments = (
            self.work,
            self.books.funds,
            self.books.budget,
            self.books.amount(amount),
            self.cause(),
        )
        if amount > self.model.left:
            with pytest.raises(NotEnough):
                service.take_back(*arguments)
        else:
            self.note(service.take_back(*arguments))
            self.expect(granted=-amount)

    @rule(target=held, amount=AMOUNTS)
    def reserve(self, amount: int) -> Any:
        arguments = (
            self.work,
            self.books.budget,
            self.books.provider,
            self.books.amount(amount),
            self.cause(),
        )
        if amount > self.model.left:
            with pytest.raises(NotEnough):
                service.reserve(*arguments)
            return None
        entry = service.reserve(*arguments)
        self.note(entry)
        self.open[entry.id] = amount
        self.expect(reserved=amount)
        return entry

    @rule(entry=consumes(held), amount=AMOUNTS)
    def post(self, entry: Entry | None, amount: int) -> None:
        if entry is None:
            return
        arguments = self.work, entry, self.books.amount(amount), self.cause()
        if amount > self.open[entry.id]:
            with pytest.raises(NotEnough):
                service.post(*arguments)
            return
        self.note(service.post(*arguments))
        self.expect(reserved=-self.open.pop(entry.id), used=amount)

    @rule(target=held, entry=consumes(held), amount=AMOUNTS)
    def draw(self, entry: Entry | None, amount: int) -> Any:
        if entry is None or amount > self.open[entry.id]:
            return entry
        posted, rest = service.draw(self.work, entry, self.books.amount(amount), self.cause())
        self.note(posted, rest)
        kept = self.open.pop(entry.id) - amount
        if rest is not None:
            self.open[rest.id] = kept
        self.expect(reserved=-amount, used=amount)
        return rest

    @rule(entry=consumes(held))
    def void(self, entry: Entry | None) -> None:
        if entry is not None:
            self.note(service.void(self.work, entry, self.cause()))
            self.expect(reserved=-self.open.pop(entry.id))

    @rule(change=st.integers(-60, 60).filter(bool))
    def correct(self, change: int) -> None:
        arguments = (
            self.work,
            self.books.budget,
            self.books.provider,
            self.books.amount(change),
            self.cause(),
        )
        if change > self.model.left or self.model.used + change < 0:
            with pytest.raises(NotEnough):
                service.correct(*arguments)
        else:
            self.note(service.correct(*arguments))
            self.expect(used=change)

    @invariant()
    def the_budget_is_what_the_model_says(self) -> None:
        sums = self.books.budget.sums
        assert sums == self.model
        assert sums.granted == sums.reserved + sums.used + sums.left
        assert min(sums.granted, sums.reserved, sums.used, sums.left) >= 0
        assert sums.reserved == sum(self.open.values())

    def teardown(self) -> None:
        try:
            self.demand_that_the_postings_say_the_same()
        finally:
            self.savepoint.rollback()
            self.session.expire_all()

    def demand_that_the_postings_say_the_same(self) -> None:
        assert list(proof.problems(self.session)) == []
        budget = self.books.budget.id
        assert queries.sums(self.session, [budget])[budget] == self.model
        shuffled = random.Random(self.steps).sample(self.entries, len(self.entries))
        replayed: dict[int, Sums] = {}
        for legs in shuffled:
            replayed = after(replayed, legs)
        assert replayed.get(budget, Sums()) == self.model


@pytest.fixture
def quiet(database: Database) -> Iterator[Session]:
    with database.writing_session() as session:
        yield session
        session.rollback()


def test_granted_is_reserved_and_used_and_left_whatever_is_done(quiet: Session) -> None:
    run_state_machine_as_test(
        type("BooksMachine", (Machine,), {"session": quiet}),
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )  # fmt: skip
