"""Rows on their way into the database: numbered here, written in batches past the object-relational mapper.

Two hundred thousand offers are some two million rows. Given their ids beforehand they can point at each other without
being read back, and a batch of one table is one statement.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationLine,
    CompletionRequest,
    Decision,
    Hearing,
)
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.clients.models import Client, Participation
from marketplace.db import Base
from marketplace.deliveries.models import Delivery
from marketplace.files.models import StoredFile
from marketplace.ledger.models import Account
from marketplace.offers.models import Offer, OfferPhoto, OfferPrice, OfferVersion
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.company.models import AccountChange
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.models import Evidence, FormerApproval, Provider, ServiceApproval
from marketplace.providers.units.models import ServiceUnit
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.models import Agreement

ORDER: Final[tuple[type[Base], ...]] = (
    User,
    Provider,
    ServiceUnit,
    RoleGrant,
    AccountChange,
    ProviderRight,
    StoredFile,
    Evidence,
    ProofLook,
    Application,
    ApplicationLine,
    ApplicationEvidence,
    CompletionRequest,
    Hearing,
    Decision,
    ServiceApproval,
    FormerApproval,
    ApprovalCondition,
    ApprovalMeasure,
    ServedDocument,
    Offer,
    OfferPhoto,
    OfferVersion,
    OfferPrice,
    Client,
    Participation,
    ServiceDecision,
    DecisionLine,
    Account,
    Budget,
    Agreement,
    Delivery,
)
"""The tables, each after those it points at."""


class Rows:
    """Collects rows; `write` sends what has gathered. Ids go on from those that the database has."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: defaultdict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self._last = {model: _highest_id(session, model) for model in ORDER if "id" in model.__table__.c}
        self.written: Counter[str] = Counter()
        self.waiting = 0

    def add(self, model: type[Base], values: Mapping[str, Any]) -> int:
        """Put a row in the next batch and give it its id. All rows of a table name the same columns."""
        self._last[model] += 1
        self._waiting[model].append({"id": self._last[model], **values})
        self.waiting += 1
        return self._last[model]

    def link(self, model: type[Base], values: Mapping[str, Any]) -> None:
        """Put in a row of a table without an id of its own."""
        self._waiting[model].append(dict(values))
        self.waiting += 1

    def write(self) -> None:
        """Insert what waits, in the order that the foreign keys ask for."""
        for model in ORDER:
            batch = self._waiting.pop(model, [])
            if batch:
                _name_columns(model, batch)
                self._session.execute(sa.insert(model.__table__), batch)  # type: ignore[arg-type]
                self.written[model.__tablename__] += len(batch)
        self.waiting = 0

    def settle_sequences(self) -> None:
        """Let PostgreSQL go on numbering after the ids given here; SQLite does so by itself."""
        if self._session.get_bind().dialect.name != "postgresql":
            return
        for model in self._last:
            table = model.__tablename__
            sequence = sa.func.pg_get_serial_sequence(table, "id")
            self._session.execute(sa.select(sa.func.setval(sequence, max(self._last[model], 1))))


def _highest_id(session: Session, model: type[Base]) -> int:
    return session.scalar(sa.select(sa.func.max(model.__table__.c.id))) or 0


def _name_columns(model: type[Base], batch: list[dict[str, Any]]) -> None:
    """Call what the rows name as the model does by the names of the columns: an insert leaves out other names silently.

    Raises KeyError for a name that the model has not.
    """
    columns = {each.key: each.columns[0].key for each in sa.inspect(model).column_attrs}
    other = {name: columns[name] for name in batch[0] if columns[name] != name}
    for row in batch if other else ():
        for name, column in other.items():
            row[column] = row.pop(name)
