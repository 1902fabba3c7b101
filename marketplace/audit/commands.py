"""The operator's commands of the audit trail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from marketplace.audit import anchors, kept_roots, proof
from marketplace.i18n import HELSINKI
from marketplace.web.frame import database, now, settings


@click.group("audit")
def group() -> None:
    """The audit trail."""


@group.command("verify")
@click.option(
    "--shipped",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Checkpoints kept outside.",
)
@click.option(
    "--restored-to",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="The moment in Finland to which the database has been restored.",
)
def verify(shipped: Path | None, restored_to: datetime | None) -> None:
    """Prove that no row of the audit trail has been changed, added or taken away.

    With --shipped also that the checkpoints are those that were shipped to AUDIT_ANCHOR_URL: a file of lines of JSON.
    Where files lie in an S3 store, the checkpoints in its bucket are compared as well; those that are later than
    --restored-to were lost with what came after that moment, and are told.
    """
    lines = shipped.read_text(encoding="utf-8").splitlines() if shipped else ()
    verdict = proof.verify(database(), shipped=[line[line.index("{") :] for line in lines if "{" in line])
    if verdict.problem is not None:
        raise click.ClickException(f"the audit trail does not hold: {verdict.problem}")
    _compare(restored_to.replace(tzinfo=HELSINKI) if restored_to else None)
    click.echo(f"The audit trail holds: {verdict.seals} rows, unbroken.")


def _compare(restored_to: datetime | None) -> None:
    """Compare with the bucket, where there is one. Raises ClickException for a checkpoint that the trail lacks."""
    bucket = kept_roots.bucket_of(settings())
    if bucket is None:
        return
    with database().read() as session:
        others = kept_roots.strangers(session, bucket)
    lost = [each for each in others if restored_to is not None and bucket.at(each) > restored_to]
    for each in others:
        if each not in lost:
            raise click.ClickException(
                f"the audit trail does not hold: checkpoint {each.number} of the bucket {bucket.bucket} is not in it; "
                "it has been cut off or rebuilt, or the database restored from before (--restored-to)"
            )
    if lost:
        click.echo(
            f"{len(lost)} checkpoints of the bucket were lost with what came after the restored moment."
        )


@group.command("checkpoint")
def checkpoint() -> None:
    """Write a checkpoint of all chains now and ship it, as the worker does every hour."""
    wrote = anchors.write_checkpoint(database(), settings().audit_anchor_url, now())
    kept_roots.keep(database(), kept_roots.bucket_of(settings()))
    click.echo(
        "Checkpoint written and shipped." if wrote else "Nothing has happened since the last checkpoint."
    )
