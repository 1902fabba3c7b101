"""`marketplace payments`: from frozen months to what the bank says, from the command line."""

from __future__ import annotations

import click

from marketplace.payments.batches import commands as batches
from marketplace.payments.statements import commands as statements


@click.group("payments")
def payments() -> None:
    """Payments of providers; ORGANISATION is the key of the organisation that pays."""


for command in (
    statements.freeze_month,
    batches.prepare_batch,
    batches.write_file,
    batches.read_answer,
    batches.reconcile,
):
    payments.add_command(command)
