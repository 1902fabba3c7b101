"""A listener for the whole run: an event that lacks words for the auditor fails the test that wrote it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import event

from marketplace.audit.fields import field_of
from marketplace.audit.labels import SUBJECTS, every_action
from marketplace.audit.models import AuditEvent
from marketplace.demo.audit_actions import DemoAudit
from marketplace.work import AuditAction

UNSEEN: Final = (DemoAudit.LOAD,)
"""Actions that belong to no organisation and name tables in their fields, which no auditor is shown."""


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
    assert action in every_action(), f"{action} is in no enum that the slot audit.actions holds"
    assert content["subject_type"] in SUBJECTS, f"{content['subject_type']} has no words in audit/labels.py"
    assert not lacking, f"{action} writes {lacking}, which have no words in an audit_labels.py"
