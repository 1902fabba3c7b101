"""What a decision says of its hearing."""

from __future__ import annotations

from datetime import date

from marketplace.i18n import _, date_text


def heard_text(answered_on: date | None, due_on: date) -> str:
    """What came of a hearing: the day of the provider's explanation, or that none came by `due_on`."""
    if answered_on is not None:
        return _("Heard. The explanation was received on %(day)s.", day=date_text(answered_on))
    return _("Heard. No explanation came by %(day)s.", day=date_text(due_on))
