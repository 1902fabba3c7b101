"""The form of one's own mail from the office."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from wtforms import BooleanField

from marketplace.approvals.digest.labels import KINDS
from marketplace.approvals.digest.rules import OfficeMail
from marketplace.web.forms import BaseForm


class OwnMailForm(BaseForm):
    """What the person wants to get by mail; `own_mail_form` adds a switch for each kind."""


def own_mail_form(kinds: Collection[OfficeMail], muted: Collection[OfficeMail]) -> Any:
    """A switch for each of the kinds, on unless it is muted."""
    fields = {kind.value: BooleanField(KINDS[kind]) for kind in kinds}
    return OwnMailForm.from_request(extra=fields, **{kind.value: kind not in muted for kind in kinds})


def wanted(form: Any, kinds: Collection[OfficeMail]) -> Mapping[OfficeMail, bool]:
    """What the form says of each kind."""
    return {kind: bool(form[kind.value].data) for kind in kinds}
