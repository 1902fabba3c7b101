"""Sending invitations is killed at random moments: everybody gets one letter all the same."""

from __future__ import annotations

import re

import sqlalchemy as sa

from marketplace.recruiting.invitations.models import Invitation, InvitationLetter, InvitationRound
from marketplace.recruiting.invitations.queries import token_hash
from marketplace.recruiting.invitations.rules import InvitationState, LetterState
from tests.approvals.crashes.conftest import Crashes
from tests.approvals.crashes.work import send_invitations

PILOT = "keusote-2022"
MORE = 25
"""Addressees by which the table grows from one life to the next: more than a life can see to."""


def table(size: int) -> bytes:
    """A CSV table of that many providers."""
    rows = (f"Yritys {number} Oy;{address(number)}" for number in range(size))
    return "\n".join(["nimi;sähköposti", *rows]).encode()


def address(number: int) -> str:
    return f"yritys{number}@example.fi"


def test_a_killed_sending_is_finished_by_the_next_and_nobody_gets_two_letters_or_none(
    crashes: Crashes,
) -> None:
    size = 0

    def arguments() -> tuple[str, bytes]:
        nonlocal size
        size += MORE
        return PILOT, table(size)

    crashes.kill_at_random(send_invitations, arguments)
    crashes.finish(send_invitations, PILOT, table(size))
    crashes.assert_chain_whole()
    mails = crashes.assert_mail_arrived_once()
    assert sorted(mail["To"] for mail in mails) == sorted(map(address, range(size)))
    _every_letter_is_one_mail_with_a_link_that_opens(crashes, {str(m["To"]): m.get_body() for m in mails})


def _every_letter_is_one_mail_with_a_link_that_opens(crashes: Crashes, bodies: dict[str, object]) -> None:
    with crashes.database.read() as session:
        letters = session.scalars(sa.select(InvitationLetter)).all()
        assert {letter.state for letter in letters} == {LetterState.WRITTEN}
        assert len(letters) == len(bodies) == session.scalar(sa.select(sa.func.count(Invitation.id)))
        assert {each.state for each in session.scalars(sa.select(Invitation))} == {InvitationState.INVITED}
        assert session.scalar(sa.select(sa.func.count(InvitationRound.id))) == len(
            {letter.round_id for letter in letters}
        ), "a round without letters was left behind"
        for letter in letters:
            assert letter.recipient is not None
            link = re.search(r"/invitation\?key=(\S+)", bodies[letter.recipient].get_content())  # type: ignore[attr-defined]
            assert link is not None
            assert letter.token_hash == token_hash(link[1])
