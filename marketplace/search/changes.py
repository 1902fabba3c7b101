"""The change log: every change of what the public can see is written down in the transaction that makes it.

`search` listens to the sessions of the features below it, so none of them knows that a catalogue exists. Changes
that the ORM is told in bulk are logged as "everything": the index is then made again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from marketplace.files.models import StoredFile
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.pilots.models import Pilot, PilotVersion
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.units.models import ServiceUnit
from marketplace.search.models import CatalogueChange

WATCHED = (
    Offer,
    OfferVersion,
    OfferPrice,
    ServiceApproval,
    Evidence,
    ProofLook,
    StoredFile,
    Provider,
    ServiceUnit,
    Pilot,
    PilotVersion,
)


def observe() -> None:
    """Listen to every session; calling it again changes nothing."""
    if not event.contains(Session, "after_flush", _after_flush):
        event.listen(Session, "after_flush", _after_flush)
        event.listen(Session, "do_orm_execute", _after_bulk)


def _after_flush(session: Session, _context: Any) -> None:
    """Log the offers that the objects just flushed belong to."""
    touched = [
        thing for thing in (*session.new, *session.dirty, *session.deleted) if isinstance(thing, WATCHED)
    ]
    changed = [
        thing
        for thing in touched
        if thing not in session.dirty or session.is_modified(thing) or thing in session.deleted
    ]
    if changed:
        _log(session, [_offers_of(thing) for thing in changed])


def _offers_of(thing: Any) -> sa.Select[Any]:
    """A query for the ids of the offers that show something of `thing`; one empty id stands for all."""
    found: sa.Select[Any] = sa.select(sa.null())
    match thing:
        case Offer():
            found = sa.select(sa.literal(thing.id))
        case OfferVersion():
            found = sa.select(sa.literal(thing.offer_id))
        case OfferPrice():
            found = sa.select(OfferVersion.offer_id).where(OfferVersion.id == thing.version_id)
        case ServiceApproval():
            found = sa.select(Offer.id).where(Offer.approval_id == thing.id)
        case Provider():
            found = sa.select(Offer.id).where(Offer.provider_id == thing.id)
        case ServiceUnit():
            found = sa.select(OfferVersion.offer_id).where(OfferVersion.unit_id == thing.id)
        case Evidence():
            found = sa.select(Offer.id).where(Offer.provider_id == thing.provider_id)
        case ProofLook():
            shown = sa.select(Evidence.provider_id).where(Evidence.id == thing.evidence_id)
            found = sa.select(Offer.id).where(Offer.provider_id.in_(shown))
        case StoredFile():
            proven = sa.select(Evidence.provider_id).where(Evidence.file_id == thing.id)
            found = sa.select(Offer.id).where(Offer.provider_id.in_(proven))
    return found


def _log(session: Session, queries: list[sa.Select[Any]]) -> None:
    connection = session.connection()
    offers: set[int | None] = {identity for query in queries for identity in connection.scalars(query)}
    if None in offers:
        offers = {None}
    at = datetime.now(UTC)
    rows = [{"offer_id": identity, "at": at} for identity in offers]
    if rows:
        connection.execute(sa.insert(CatalogueChange), rows)


def _after_bulk(state: ORMExecuteState) -> None:
    """An INSERT, UPDATE or DELETE of a watched table by statement: what it touches is not known."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    if mapper is not None and mapper.class_ in WATCHED:
        row = {"offer_id": None, "at": datetime.now(UTC)}
        state.session.connection().execute(sa.insert(CatalogueChange), row)
