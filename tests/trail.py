"""A listener for the whole run: an event that lacks words for the auditor fails the test that wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import event

from marketplace.audit.fields import NamedKeys, field_of
from marketplace.audit.labels import SUBJECTS, every_action
from marketplace.audit.models import AuditEvent
from marketplace.demo.audit_actions import DemoAudit
from marketplace.work import AuditAction

UNSEEN: Final = (DemoAudit.LOAD,)
"""Actions that belong to no organisation and name tables in their fields, which no auditor is shown."""

HISTORIES: Final = ("application.", "approval.")
"""First parts of the actions whose histories the office reads."""


class Tried(AuditAction):
    """What tests do to try out the trail itself."""

    EVENT = "test.event", "Tried"
    OTHER = "test.other", "Tried otherwise"


def demand_words() -> None:
    """Listen from now on."""
    event.listen(AuditEvent, "init", _check)


def _check(_event: AuditEvent, _positional: Any, content: dict[str, Any]) -> None:
    action = content["action"]
    if action in UNSEEN or action.startswith("test."):
        return
    lacking = [name for name in (*content["before"], *content["after"]) if field_of(action, name) is None]
    raw = [
        (name, key)
        for values in (content["before"], content["after"])
        for name, value in values.items()
        for key in _raw(action, name, value)
    ]
    assert action in every_action(), f"{action} is in no enum that the slot audit.actions holds"
    assert content["subject_type"] in SUBJECTS, f"{content['subject_type']} has no words in audit/labels.py"
    assert not lacking, f"{action} writes {lacking}, which have no words in an audit_labels.py"
    assert not raw or not action.startswith(HISTORIES), f"{action} writes keys that have no words: {raw}"


def _raw(action: str, name: str, value: Any) -> list[Any]:
    """The keys in a value that the history would show as they are kept."""
    field = field_of(action, name)
    if field is None or not isinstance(field.text, NamedKeys):
        return []
    parts = value.values() if isinstance(value, Mapping) else [value]
    return [key for part in parts if part not in (None, "", []) for key in field.text.lacking(part)]
