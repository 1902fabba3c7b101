"""Checkpoints in the bucket of an S3 store, one object each, which nobody changes once it is there.

Where the bucket has object lock, not even the portal's own key removes them before their time. An object is named after
the number and the hash of its checkpoint and made only when there is none of the name, so two trails that were ever
sealed stand beside each other and the one that was rebuilt is found.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditRoot
from marketplace.audit.proof import anchor_line
from marketplace.backends import S3Access
from marketplace.buckets import asked, open_bucket
from marketplace.config import Settings
from marketplace.db import Database

FOLDER: Final = "audit-roots"
MAY_WAIT: Final = timedelta(hours=2)
"""How long a checkpoint may be in the database and not yet in the bucket: the worker brings them every hour."""

_NAME: Final = re.compile(r"([0-9]{10})-([0-9a-f]{64})\.json")


@dataclass(frozen=True, slots=True)
class KeptRoot:
    """A checkpoint as the name of its object tells it."""

    number: int
    hash: str

    @property
    def name(self) -> str:
        """The name of the object."""
        return f"{self.number:010d}-{self.hash}.json"


class RootBucket:
    """The folder of checkpoints in a bucket. Raises StoreAway when the store does not answer."""

    def __init__(self, bucket: str, prefix: str, access: S3Access) -> None:
        self.bucket, self.access = bucket, access
        self.folder = "/".join(part for part in (prefix.strip("/"), FOLDER) if part)

    @functools.cached_property
    def _store(self) -> Any:
        return open_bucket(self.bucket, self.access)

    def put(self, root: AuditRoot) -> None:
        """Keep a checkpoint; one of the name that is there already stays as it is."""
        from obstore.exceptions import AlreadyExistsError

        line = anchor_line(root).encode()
        with asked():
            try:
                self._store.put(self._key(_of(root)), line, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return

    def has(self, root: AuditRoot) -> bool:
        """Whether this very checkpoint is here."""
        try:
            with asked():
                self._store.head(self._key(_of(root)))
        except FileNotFoundError:
            return False
        return True

    def listed(self) -> Iterator[KeptRoot]:
        """Every checkpoint that is here."""
        with asked():
            for found in self._store.list(self.folder):
                for each in found:
                    if match := _NAME.fullmatch(each["path"].rpartition("/")[2]):
                        yield KeptRoot(int(match[1]), match[2])

    def at(self, kept: KeptRoot) -> datetime:
        """The moment of a checkpoint that is here."""
        with asked():
            said = json.loads(bytes(self._store.get(self._key(kept)).bytes()))
        return datetime.fromisoformat(said["at"])

    def _key(self, kept: KeptRoot) -> str:
        return f"{self.folder}/{kept.name}"


def _of(root: AuditRoot) -> KeptRoot:
    return KeptRoot(root.number, root.hash)


def bucket_of(settings: Settings) -> RootBucket | None:
    """Where checkpoints are kept: with the decisions in the bucket of the archive, or else with the other files.

    None when files lie on this machine.
    """
    places = (settings.files_archive_url, settings.files_place)
    place = next((urlsplit(each) for each in places if each.startswith("s3:")), None)
    if place is None or settings.s3 is None:
        return None
    return RootBucket(place.netloc, unquote(place.path), settings.s3)


def keep(database: Database, bucket: RootBucket | None) -> int:
    """The worker's duty: bring the checkpoints into the bucket that are not in it; how many it brought.

    The newest that is there already has all before it beside it, so the look back is short.
    """
    if bucket is None:
        return 0
    missing: list[AuditRoot] = []
    with database.read() as session:
        newest_first = sa.select(AuditRoot).order_by(AuditRoot.number.desc()).execution_options(yield_per=100)
        with session.scalars(newest_first) as found:
            for root in found:
                if bucket.has(root):
                    break
                missing.append(root)
    for root in reversed(missing):
        bucket.put(root)
    return len(missing)


def strangers(session: Session, bucket: RootBucket) -> list[KeptRoot]:
    """Checkpoints of the bucket that the trail does not have: it was cut off, rebuilt, or restored from earlier."""
    own = {KeptRoot(*row) for row in session.execute(sa.select(AuditRoot.number, AuditRoot.hash))}
    return [each for each in bucket.listed() if each not in own]


def problem(session: Session, bucket: RootBucket, *, now: datetime) -> str | None:
    """What `check` tells, in English: the last checkpoint that should be in the bucket is not."""
    last = session.scalars(
        sa.select(AuditRoot).where(AuditRoot.at < now - MAY_WAIT).order_by(AuditRoot.number.desc()).limit(1)
    ).first()
    if last is None or bucket.has(last):
        return None
    return f"checkpoint {last.number} of the audit trail is not in the bucket {bucket.bucket}: does the worker run?"
