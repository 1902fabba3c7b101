"""How a row of the audit trail is sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

GENESIS: Final = "0" * 64
"""The hash before the first row."""


def seal(
    *,
    id: int,
    at: datetime,
    actor_id: int | None,
    actor_name: str,
    action: str,
    subject_type: str,
    subject_id: str,
    organisation_key: str | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    previous_hash: str,
) -> str:
    """SHA-256 in hex over the canonical JSON of the row's content and the previous row's hash."""
    content = {
        "id": id,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": actor_id,
        "actor_name": actor_name,
        "action": action,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "organisation_key": organisation_key,
        "before": dict(before),
        "after": dict(after),
        "previous_hash": previous_hash,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
