"""What a refusal says to the person who asked."""

from __future__ import annotations

from marketplace.errors import DomainError, Fault
from marketplace.i18n import _
from marketplace.workflow import NoSuchTransition


def told(error: DomainError) -> tuple[Fault, ...]:
    """What is wrong, as (field, sentence) pairs in the reader's language.

    A workflow names its states and actions as programmers do. Who meets one has an old page open: somebody else was
    first, or the same person in another window.
    """
    if isinstance(error, NoSuchTransition):
        return (("", _("This cannot be done any more. Open the page again to see how it stands now.")),)
    return error.faults
