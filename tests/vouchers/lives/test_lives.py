"""Whatever clients, providers, the office and time do in whatever order: the books balance line by line, nothing is
reserved twice, what has been recorded can be paid, and every cent is found again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from marketplace.errors import DomainError
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.vouchers.agreeing import service as agreeing
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.rules import Carry, Every, FeeGround
from marketplace.vouchers.rules import AgreementAction, AgreementParty
from tests.vouchers.granting.conftest import LINE
from tests.vouchers.lives.life import LONGEST_WAIT, SAID, Life, begin

ROUNDS: Final = int(os.environ.get("FUZZ_ROUNDS", "1"))
LINES: Final = (
    LINE,
    replace(LINE, carry=Carry.NEXT_MONTH),
    replace(LINE, carry=Carry.PERIOD, fee_ground=FeeGround.FIXED_FEE, unit_value=Money(15_00)),
    replace(LINE, every=Every.PERIOD, amount=Amount(Unit.MINUTES, 80 * 60)),
    replace(LINE, amount=Amount(Unit.CENTS, 700_00)),
    replace(LINE, amount=Amount(Unit.CENTS, 2_000_00), every=Every.PERIOD),
)
PICKS: Final = st.integers(0, 5)


class Lives(RuleBasedStateMachine):
    """Each run lives in a savepoint of the session and is taken back."""

    session: ClassVar[Session]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.session.begin_nested()
        self.life: Life | None = None
        self.left = False

    def lead(self, step: Callable[[Life], object]) -> None:
        """One step, undone when it is refused: whoever is refused has changed nothing."""
        assert self.life is not None
        with self.session.begin_nested() as attempt:
            try:
                step(self.life)
                self.session.flush()
            except DomainError:
                attempt.rollback()
                self.session.expire_all()

    @initialize(line=st.sampled_from(LINES), hours=st.integers(2, 24), wait=st.integers(5, 40))
    def begins(self, line: Any, hours: int, wait: int) -> None:
        self.life = begin(self.session, line, self.folder)
        self.lead(lambda life: life.ask(0, hours, 12, replace=False, helps=False))
        self.lead(lambda life: life.answer(0, AgreementAction.ACCEPT))
        self.lead(lambda life: life.wait(wait))

    @rule(
        pick=PICKS,
        hours=st.integers(1, 24),
        lead=st.integers(1, 45),
        replace=st.booleans(),
        helps=st.booleans(),
    )
    def ask(self, pick: int, hours: int, lead: int, *, replace: bool, helps: bool) -> None:
        self.lead(lambda life: life.ask(pick, hours, lead, replace=replace, helps=helps))

    @rule(
        pick=PICKS,
        how=st.sampled_from(
            [
                AgreementAction.ACCEPT,
                AgreementAction.ACCEPT,
                AgreementAction.DECLINE,
                AgreementAction.WITHDRAW,
            ]
        ),
    )
    def answer(self, pick: int, how: AgreementAction) -> None:
        self.lead(lambda life: life.answer(pick, how))

    @rule(
        pick=PICKS,
        by=st.sampled_from([AgreementParty.CLIENT, AgreementParty.PROVIDER, AgreementParty.OFFICE]),
        days=st.integers(0, 60),
        at_once=st.booleans(),
    )
    def end(self, pick: int, by: AgreementParty, days: int, *, at_once: bool) -> None:
        self.lead(lambda life: life.end(pick, by, days, at_once=at_once))

    @rule(months=st.integers(0, 2), percent=st.sampled_from([0, 50, 100, 150]))
    def decide_anew(self, months: int, percent: int) -> None:
        self.lead(lambda life: life.decide_anew(months, percent))

    @rule(pick=PICKS, minutes=st.integers(20, 600), hour=st.integers(5, 15), back=st.integers(1, 30))
    def record(self, pick: int, minutes: int, hour: int, back: int) -> None:
        self.lead(lambda life: life.record(pick, minutes, hour, back))

    @rule(pick=PICKS, hour=st.integers(5, 15))
    def visit_of_yesterday(self, pick: int, hour: int) -> None:
        self.lead(lambda life: life.record(pick, 90, hour, 1))

    @rule(pick=PICKS, what=st.sampled_from(sorted(SAID)))
    def say(self, pick: int, what: str) -> None:
        self.lead(lambda life: life.say(pick, what))

    @rule(days=st.integers(1, LONGEST_WAIT))
    def wait(self, days: int) -> None:
        self.lead(lambda life: life.wait(days))

    @rule()
    def pay(self) -> None:
        self.lead(lambda life: life.pay())

    @precondition(lambda self: not self.left)
    @rule(days=st.integers(0, 50), sure=st.integers(0, 5))
    def leave(self, days: int, sure: int) -> None:
        if sure == 0:
            self.left = True
            self.lead(lambda life: life.leave(days))

    @invariant()
    def all_holds(self) -> None:
        if self.life is not None:
            assert list(self.life.wrong()) == []

    def teardown(self) -> None:
        try:
            if self.life is not None:
                self.life.finish()
                assert list(self.life.unfinished()) == []
        finally:
            self.savepoint.rollback()
            self.session.expire_all()


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters and contracts are a word: their own tests look at them."""
    monkeypatch.setattr(granting, "service_decision_pdf", lambda *_args, **_given: b"%PDF-1.7 letter")
    monkeypatch.setattr(agreeing, "contract_pdf", lambda *_args, **_given: b"%PDF-1.7 contract")


@pytest.mark.usefixtures("quickly")
def test_every_cent_is_found_again_whatever_happens(
    core_app: Flask, session: Session, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        type("LivesMachine", (Lives,), {"session": session, "folder": tmp_path}),
        settings=settings(
            max_examples=3 * ROUNDS,
            stateful_step_count=16,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )  # fmt: skip
