"""The mail that stands for the post, which the demo has not."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace import outbox
from marketplace.clients.letters.rules import LENGTH
from marketplace.clients.models import Client
from marketplace.codes import in_groups
from marketplace.outbox import MailAddress, OutboxMessage
from marketplace.work import UnitOfWork


def demo_letter(work: UnitOfWork, client: Client, *, codes: Sequence[str], letter: bytes) -> OutboxMessage:
    """The letter with codes for the demo's client, and the codes in words."""
    return outbox.send(
        work,
        MailAddress(client.email, client.name, client.language),
        "demo_letter",
        organisation_key=client.organisation_key,
        attachments=[("kirje.pdf", "application/pdf", letter)],
        link=outbox.address("client_codes.sign_in", client.language),
        number=client.number,
        codes=[in_groups(code, LENGTH // 2) for code in codes],
    )
