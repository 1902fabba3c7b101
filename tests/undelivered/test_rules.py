"""What the office reads of a message that no server took."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.undelivered.labels import KINDS, OBSTACLES
from marketplace.undelivered.rules import MailKind, MailObstacle, kind_of, obstacle_of

TEMPLATES = sorted(
    path.stem for path in Path("templates/emails").glob("*.txt") if not path.name.startswith("_")
)


def test_every_mail_has_a_kind_and_every_kind_a_mail() -> None:
    assert {kind_of(template) for template in TEMPLATES} == set(MailKind)
    assert set(KINDS) == set(MailKind)
    assert set(OBSTACLES) == set(MailObstacle)
    with pytest.raises(LookupError):
        kind_of("unheard_of")


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("client_interrupts", MailKind.AGREEMENT),
        ("client_summary", MailKind.CLIENT),
        ("account_change_waits", MailKind.COMPANY),
        ("account_password", MailKind.ACCOUNT),
        ("offer_change_returned", MailKind.OFFER),
    ],
)
def test_the_longest_beginning_of_a_name_counts(template: str, kind: MailKind) -> None:
    assert kind_of(template) is kind


@pytest.mark.parametrize(
    ("told", "obstacle"),
    [
        ("{'a@example.fi': (550, b'5.1.1 No such user')}", MailObstacle.NO_SUCH_ADDRESS),
        ("{'a@example.fi': (550, b'mailbox unavailable')}", MailObstacle.NO_SUCH_ADDRESS),
        ("{'a550b@example.fi': (552, b'5.2.2 Mailbox full')}", MailObstacle.FULL),
        ("{'a@example.fi': (452, b'4.2.2 Over quota')}", MailObstacle.FULL),
        ("{'a@example.fi': (550, b'5.2.1 Mailbox disabled')}", MailObstacle.NO_SUCH_ADDRESS),
        ("{'a@example.fi': (550, b'5.7.1 Not wanted here')}", MailObstacle.REFUSED),
        ("(554, b'Transaction failed')", MailObstacle.REFUSED),
        ("{'a@example.fi': (451, b'4.3.0 Try later')}", MailObstacle.NOT_NOW),
        ("{'a@example.fi': (450, b'greylisted')}", MailObstacle.NOT_NOW),
        ("mail.example.fi: [Errno 111] Connection refused", MailObstacle.AWAY),
        ("mail.example.fi: (535, b'5.7.8 Not accepted')", MailObstacle.AWAY),
        ("(nothing that has a code)", MailObstacle.REFUSED),
        ("cannot be written: UnicodeEncodeError", MailObstacle.UNWRITABLE),
        ("", MailObstacle.AWAY),
        (None, MailObstacle.AWAY),
    ],
)
def test_what_the_last_try_said_becomes_a_reason(told: str | None, obstacle: MailObstacle) -> None:
    assert obstacle_of(told) is obstacle
